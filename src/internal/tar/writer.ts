import { Readable } from 'node:stream';

import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { consume, discard, ignoreLateErrors } from '../streams/consume.js';
import { dispose, isDisposable, markDisposable } from '../streams/disposable.js';
import { eventLoopDue } from '../async/event-loop.js';
import { HIGH_WATER_MARK } from '../streams/generated.js';
import { encodeHeader, type TarHeaderInput } from './format/encode.js';
import { paddingOf, TRAILER } from './format/header.js';
import type { TarEntry } from './reader.js';

/**
 * Writes a tar. Nothing about the machine gets into it: fields that a header does not set are 0.
 *
 * Make one call at a time. If the caller fails, it has to destroy `stream`, so that the reader gets the error.
 */
export interface TarWriter {
  /** The archive. The writer waits for its reader. */
  readonly stream: Readable;
  /**
   * Adds an entry; resolves when there is room for the next one. The size of a Uint8Array becomes the size of the
   * entry. Any other body must have the size in the header. Owns a stream.
   *
   * @throws LimitExceededError if the archive becomes larger than `maxBytes`.
   * @throws SizeMismatchError if the body does not have the size in the header.
   */
  add(header: TarHeaderInput, body?: Readable | Uint8Array | TarBody): Promise<void>;
  /** Ends the archive. */
  finish(): Promise<void>;
}

/** A body that is copied without a stream, such as an entry of another tar. */
export type TarBody = Pick<TarEntry, 'pieces'>;

export interface TarWriterOptions {
  /** Bytes of the archive; more are a LimitExceededError. @default no limit */
  readonly maxBytes?: number | undefined;
}

export function createTar(options: TarWriterOptions = {}): TarWriter {
  return new StreamedTar(options);
}

/**
 * The archive is copied into pieces of this size: most headers and many bodies have a few hundred bytes, and a
 * piece in memory of its own can be freed by its reader.
 */
const SLAB = HIGH_WATER_MARK;

class StreamedTar implements TarWriter {
  readonly stream: Readable;
  readonly #destroyed = new AbortController();
  #slab = Buffer.allocUnsafeSlow(SLAB);
  #filled = 0;
  #full = false;
  #resume: () => void = () => undefined;
  #busy = false;
  readonly #maxBytes: number;
  #size = 0;

  constructor({ maxBytes = Infinity }: TarWriterOptions) {
    this.#maxBytes = maxBytes;
    const stream = new Readable({
      highWaterMark: HIGH_WATER_MARK,
      read: () => {
        this.#full = false;
        this.#resume();
      },
      destroy: (error, callback) => {
        this.#destroyed.abort(error ?? new Error('the reader of the archive has ended'));
        this.#resume();
        callback(error);
      },
    });
    ignoreLateErrors(stream);
    this.stream = markDisposable(stream);
  }

  async add(header: TarHeaderInput, body?: Readable | Uint8Array | TarBody): Promise<void> {
    try {
      await this.#exclusively(async () => {
        // A header may have thousands of records, and reading them took a long step already.
        const due = eventLoopDue();
        if (due !== undefined) await due;
        this.#destroyed.signal.throwIfAborted();
        if (body === undefined || body instanceof Uint8Array) this.#addBytes(header, body);
        else await this.#addPieces(header, body);
        if (this.#full) await this.#room();
      });
    } catch (error) {
      if (body instanceof Readable) discard(body);
      throw error;
    }
  }

  async finish(): Promise<void> {
    await this.#exclusively(async () => {
      this.#append(TRAILER);
      this.#flush();
      this.stream.push(null);
      return Promise.resolve();
    });
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    this.#destroyed.signal.throwIfAborted();
    if (this.#busy) throw new TypeError('an entry is still being added to the archive');
    this.#busy = true;
    try {
      await work();
    } finally {
      this.#busy = false;
    }
  }

  #addBytes(header: TarHeaderInput, body: Uint8Array | undefined): void {
    const size = body?.byteLength ?? 0;
    this.#append(encodeHeader({ ...header, size }));
    if (body === undefined) return;
    this.#append(body);
    this.#append(TRAILER.subarray(0, paddingOf(size)));
  }

  async #addPieces(header: TarHeaderInput, body: Readable | TarBody): Promise<void> {
    const { name, size } = header;
    if (size === undefined) throw new TypeError('a header needs a size unless the body is a Uint8Array');
    this.#append(encodeHeader(header));
    let seen = 0;
    const take = (piece: Uint8Array): Promise<void> | undefined => {
      seen += piece.byteLength;
      if (seen > size) throw new SizeMismatchError(`tar: ${name}`, size, size + 1);
      this.#append(piece);
      return this.#full ? this.#room() : undefined;
    };
    if (body instanceof Readable) await this.#consume(body, take);
    else await body.pieces(take);
    if (seen < size) throw new SizeMismatchError(`tar: ${name}`, size, seen);
    this.#append(TRAILER.subarray(0, paddingOf(size)));
  }

  async #consume(body: Readable, take: (piece: Uint8Array) => Promise<void> | undefined): Promise<void> {
    const disposable = isDisposable(body);
    const { signal } = this.#destroyed;
    await consume(
      body,
      (chunk) => {
        const pending = take(chunk);
        if (disposable) dispose(chunk);
        return pending;
      },
      { signal },
    );
  }

  #append(bytes: Uint8Array): void {
    this.#size += bytes.byteLength;
    if (this.#size > this.#maxBytes) {
      throw new LimitExceededError('tar: the size of the archive', this.#maxBytes, 'maxBytes');
    }
    for (let rest = bytes; ;) {
      const room = SLAB - this.#filled;
      if (rest.byteLength < room) {
        this.#slab.set(rest, this.#filled);
        this.#filled += rest.byteLength;
        return;
      }
      this.#slab.set(rest.subarray(0, room), this.#filled);
      this.#filled = SLAB;
      this.#flush();
      rest = rest.subarray(room);
    }
  }

  #flush(): void {
    const slab = this.#slab;
    const filled = this.#filled;
    this.#slab = Buffer.allocUnsafeSlow(SLAB);
    this.#filled = 0;
    if (filled > 0) this.#full = !this.stream.push(slab.subarray(0, filled));
  }

  /** Waits until the reader requests more. */
  async #room(): Promise<void> {
    while (this.#full) {
      this.#destroyed.signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    this.#destroyed.signal.throwIfAborted();
  }
}

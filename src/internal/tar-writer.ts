import { Readable } from 'node:stream';

import { SizeMismatchError } from '../errors/mismatch.js';
import { consume, discard } from './consume.js';
import { HIGH_WATER_MARK } from './generated.js';
import { encodeHeader, type TarHeaderInput } from './tar-encode.js';
import { paddingOf, TRAILER } from './tar-header.js';

/**
 * Makes a tar. Nothing of the machine gets into it: what a header does not say is 0.
 *
 * One call at a time. If making it fails, destroy `stream`, so that its reader learns of it.
 */
export interface TarWriter {
  /** The archive; its reader sets the pace. */
  readonly stream: Readable;
  /**
   * Adds an entry; resolves when there is room for the next. Bytes go in at once, and their size
   * is that of the entry; a stream has to have the size that the header says, and is owned.
   */
  add(header: TarHeaderInput, body?: Readable | Uint8Array): Promise<void>;
  /** Ends the archive. */
  finish(): Promise<void>;
}

export function createTar(): TarWriter {
  return new StreamedTar();
}

/** Small pieces are gathered up to this size: most headers and many bodies are a few hundred bytes. */
const SLAB = HIGH_WATER_MARK;

/** What is larger is passed on without a copy. */
const MAX_COPIED = 32 * 1024;

class StreamedTar implements TarWriter {
  readonly stream: Readable;
  readonly #destroyed = new AbortController();
  #slab = Buffer.allocUnsafeSlow(SLAB);
  #start = 0;
  #end = 0;
  #full = false;
  #resume: () => void = () => undefined;
  #busy = false;

  constructor() {
    this.stream = new Readable({
      highWaterMark: HIGH_WATER_MARK,
      read: () => {
        this.#full = false;
        this.#resume();
      },
      destroy: (error, callback) => {
        this.#destroyed.abort(error ?? new Error('the reader of the archive has gone'));
        this.#resume();
        callback(error);
      },
    });
  }

  async add(header: TarHeaderInput, body?: Readable | Uint8Array): Promise<void> {
    try {
      await this.#exclusively(async () => {
        if (body instanceof Readable) await this.#addStream(header, body);
        else this.#addBytes(header, body);
        await this.#room();
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

  async #addStream(header: TarHeaderInput, body: Readable): Promise<void> {
    const { name, size } = header;
    if (size === undefined) throw new TypeError('an entry with a stream needs its size');
    this.#append(encodeHeader(header));
    let seen = 0;
    await consume(
      body,
      (chunk) => {
        seen += chunk.byteLength;
        if (seen > size) throw new SizeMismatchError(`tar: ${name}`, size, size + 1);
        this.#append(chunk);
        return this.#full ? this.#room() : undefined;
      },
      { signal: this.#destroyed.signal },
    );
    if (seen < size) throw new SizeMismatchError(`tar: ${name}`, size, seen);
    this.#append(TRAILER.subarray(0, paddingOf(size)));
  }

  #append(bytes: Uint8Array): void {
    if (bytes.byteLength > MAX_COPIED) {
      this.#flush();
      this.#push(bytes);
      return;
    }
    if (this.#end + bytes.byteLength > SLAB) {
      this.#flush();
      this.#slab = Buffer.allocUnsafeSlow(SLAB);
      this.#start = this.#end = 0;
    }
    this.#slab.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  #flush(): void {
    if (this.#end > this.#start) this.#push(this.#slab.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #push(bytes: Uint8Array): void {
    this.#full = !this.stream.push(bytes);
  }

  /** Waits until the reader wants more. */
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

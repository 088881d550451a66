import { Readable } from 'node:stream';

import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../async/abort.js';
import { budgetOf } from '../streams/budget.js';
import { type ByteReader, byteReader } from '../streams/byte-reader.js';
import { destroyOnAbort, discard, ignoreLateErrors } from '../streams/consume.js';
import { eventLoopDue } from '../async/event-loop.js';
import { HIGH_WATER_MARK } from '../streams/generated.js';
import { BLOCK, paddingOf, type TarHeader } from './format/header.js';
import { type TarLimits, tarParser, type TarStep } from './parser.js';
import { SparsePosition, zeros } from './sparse/body.js';
import type { SparseParts } from './sparse/map.js';

/** An entry of a tar that is being read. Its body is available until the next entry is requested. */
export interface TarEntry {
  readonly header: TarHeader;
  /** Position of the first stored byte of the body in the tar. */
  readonly offset: number;
  /** The parts of a sparse file that are stored; undefined for any other file. */
  readonly parts?: SparseParts | undefined;
  /** The body as a stream, which is created by the first access. Bytes that are not read are skipped. */
  readonly body: Readable;
  /** Reads the whole body without a stream, the fast way for small files. Check `header.size` first. */
  bytes(): Promise<Buffer>;
  /**
   * Passes the body to `take` without a stream, the fast way to copy it. `take` must not keep a piece after it has
   * returned.
   */
  pieces(take: (piece: Buffer) => Promise<void> | undefined): Promise<void>;
}

export interface ReadTarOptions extends TarLimits, AbortOptions {}

/**
 * Reads the entries of a plain tar one after the other, in constant memory. Iterate once.
 *
 * Owns the source: it is destroyed when the iteration ends, breaks or fails. After the last entry the source is
 * read to its end, so that a source that verifies itself can fail.
 *
 * @throws ArchiveInvalidError while iterating, if the data is not a tar or is truncated. A missing trailer is
 * tolerated.
 * @throws LimitExceededError while iterating, if a cap of {@link TarLimits} is exceeded.
 */
export function readTar(source: Readable, options: ReadTarOptions = {}): AsyncIterable<TarEntry> {
  const { signal } = options;
  ignoreLateErrors(source);
  const stop = destroyOnAbort(source, signal);
  const entries = readEntries(source, options);
  const end = (): void => {
    stop();
    discard(source);
  };
  const iterator: AsyncIterator<TarEntry> = {
    async next() {
      try {
        const result = await entries.next();
        if (result.done === true) end();
        return result;
      } catch (error) {
        end();
        signal?.throwIfAborted();
        throw error;
      }
    },
    async return() {
      // The source ends first, because a generator that waits for it could not return.
      end();
      return entries.return(undefined);
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function* readEntries(source: Readable, limits: TarLimits): AsyncGenerator<TarEntry, undefined> {
  const input = byteReader(source);
  const parser = tarParser({ ...budgetOf(source), ...limits });
  for (;;) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    if (input.buffered < BLOCK && !(await input.fill(BLOCK))) {
      if (input.buffered > 0) throw truncated();
      parser.finish();
      return undefined;
    }
    let step: TarStep | undefined = parser.step(input.borrow(BLOCK));
    while (step?.kind === 'extension') {
      const { size } = step;
      const extensionDue = eventLoopDue();
      if (extensionDue !== undefined) await extensionDue;
      if (!(await input.fill(size))) throw truncated();
      step = parser.extend(input.borrow(size));
      await skipPadding(input, size);
    }
    if (step?.kind === 'entry') {
      const entry = new StreamedEntry(step, input);
      try {
        yield entry;
      } finally {
        entry.close();
      }
      await skip(input, entry.remaining);
      await skipPadding(input, step.stored);
    } else if (step?.kind === 'end') {
      await skipRest(input);
      return undefined;
    }
  }
}

class StreamedEntry implements TarEntry {
  readonly header: TarHeader;
  readonly offset: number;
  readonly parts: SparseParts | undefined;
  readonly #input: ByteReader;
  #body: Readable | undefined;
  /** The position in the body, with the holes of a sparse file. */
  readonly #position: SparsePosition;
  /** Stored bytes of the body that were not taken yet. */
  remaining: number;

  constructor({ header, stored, parts }: Extract<TarStep, { kind: 'entry' }>, input: ByteReader) {
    this.header = header;
    this.offset = input.offset;
    this.parts = parts;
    this.#input = input;
    this.#position = new SparsePosition(header.size, parts ?? [{ offset: 0, length: stored }]);
    this.remaining = stored;
  }

  get body(): Readable {
    return (this.#body ??= ignoreLateErrors(
      new Readable({
        highWaterMark: HIGH_WATER_MARK,
        read: () => {
          this.#push().catch((error: unknown) => this.#body?.destroy(error as Error));
        },
      }),
    ));
  }

  async bytes(): Promise<Buffer> {
    // A copy, because a part of a chunk would keep the whole chunk in memory.
    const content = Buffer.allocUnsafe(this.#position.remaining);
    let filled = 0;
    await this.pieces((piece) => {
      filled += piece.copy(content, filled);
      return undefined;
    });
    return content;
  }

  async pieces(take: (piece: Buffer) => Promise<void> | undefined): Promise<void> {
    while (this.#position.remaining > 0) {
      if (this.#mustRead() && !(await this.#input.fill(1))) throw truncated();
      const pending = take(this.#next('borrowSome')) ?? eventLoopDue();
      if (pending !== undefined) await pending;
    }
  }

  /** Ends a stream that still reads the body. */
  close(): void {
    const body = this.#body;
    if (body === undefined || body.readableEnded || body.destroyed) return;
    // A body that was read to its last byte, but has not emitted its end yet, ends on its own.
    if (this.#position.remaining === 0 && body.readableLength === 0) return;
    body.destroy(new Error('the next entry of the archive was requested'));
  }

  /** Whether the source has to be read before the next piece is available. */
  #mustRead(): boolean {
    return this.#input.buffered === 0 && this.#position.next().isStored;
  }

  /**
   * The next piece of the file, stored or a hole. Stored bytes must be buffered. All ways to read a body use this
   * method, so that each of them includes the holes.
   */
  #next(take: 'takeSome' | 'borrowSome'): Buffer {
    const { isStored, length } = this.#position.next();
    const piece = isStored ? this.#input[take](length) : zeros(length);
    if (isStored) this.remaining -= piece.byteLength;
    this.#position.advance(piece.byteLength);
    return piece;
  }

  async #push(): Promise<void> {
    const body = this.body;
    if (this.#position.remaining > 0) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      if (this.#mustRead() && !(await this.#input.fill(1))) throw truncated();
      if (body.destroyed) return;
      body.push(this.#next('takeSome'));
    }
    if (this.#position.remaining === 0) body.push(null);
  }
}

/** Reads to the end of the source. */
async function skipRest(input: ByteReader): Promise<void> {
  while (input.buffered > 0 || (await input.fill(1))) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    input.skipSome(input.buffered);
  }
}

async function skip(input: ByteReader, size: number): Promise<void> {
  for (let remaining = size; remaining > 0;) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    if (input.buffered === 0 && !(await input.fill(1))) throw truncated();
    remaining -= input.skipSome(remaining);
  }
}

/** Skips the padding after a body, which may be missing at the end of the data. */
async function skipPadding(input: ByteReader, size: number): Promise<void> {
  const padding = paddingOf(size);
  if (padding === 0) return;
  if (input.buffered < padding) await input.fill(padding);
  input.borrow(Math.min(padding, input.buffered));
}

function truncated(): ArchiveInvalidError {
  return new ArchiveInvalidError('tar: unexpected end of data');
}

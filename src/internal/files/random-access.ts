import { Readable } from 'node:stream';

import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../async/abort.js';
import { destroyOnAbort, ignoreLateErrors } from '../streams/consume.js';
import { markDisposable } from '../streams/disposable.js';
import { type OpenFile, openFile } from './open-file.js';

/** Bytes that any number of readers can read from any position. */
export interface RandomAccess {
  readonly size: number;
  /**
   * Reads exactly `length` bytes.
   *
   * @throws RangeError if the piece does not lie within `size`.
   */
  read(offset: number, length: number, options?: AbortOptions): Promise<Buffer>;
  /** Opens a piece as a stream. Nothing is read before the first read of the stream. */
  stream(start: number, length: number, options?: AbortOptions): Readable;
  /** Admits no new readers. Open streams can be read to their end. */
  close(): Promise<void>;
}

/** Bytes read from the file at a time. */
const PIECE = 256 * 1024;

/** Opens a file for random access. Its content must not change meanwhile. */
export async function fileAccess(path: string, { signal }: AbortOptions = {}): Promise<RandomAccess> {
  signal?.throwIfAborted();
  const file = await openFile(path);
  return accessTo(file, file.size);
}

/** Random access to the first `size` bytes of an open file; closing it closes the file. */
export function accessTo(file: OpenFile, size: number): RandomAccess {
  return new FileAccess(file, size);
}

/** Random access to bytes in memory, which are not copied. */
export function memoryAccess(bytes: Uint8Array): RandomAccess {
  return new MemoryAccess(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

class FileAccess implements RandomAccess {
  readonly #file: OpenFile;
  readonly size: number;

  constructor(file: OpenFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  async read(offset: number, length: number, { signal }: AbortOptions = {}): Promise<Buffer> {
    assertInside(this.size, offset, length);
    signal?.throwIfAborted();
    const release = this.#file.retain();
    try {
      const buffer = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        done += await this.readSome(buffer, done, length - done, offset + done);
        signal?.throwIfAborted();
      }
      return buffer;
    } finally {
      release();
    }
  }

  async readSome(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    const count = await this.#file.readInto(buffer, offset, length, position);
    if (count === 0) {
      throw new ArchiveInvalidError(`${this.#file.path} was cut to ${position} bytes while it was read`);
    }
    return count;
  }

  stream(start: number, length: number, { signal }: AbortOptions = {}): Readable {
    assertInside(this.size, start, length);
    const release = this.#file.retain();
    const readSome = this.readSome.bind(this);
    const end = start + length;
    let position = start;
    const stream = new Readable({
      highWaterMark: PIECE,
      read() {
        if (position === end) {
          this.push(null);
          return;
        }
        const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, end - position));
        readSome(buffer, 0, buffer.byteLength, position).then(
          (count) => {
            position += count;
            this.push(buffer.subarray(0, count));
          },
          (error: unknown) => {
            this.destroy(error as Error);
          },
        );
      },
      destroy(error, callback) {
        release();
        callback(error);
      },
    });
    ignoreLateErrors(stream);
    return abortable(markDisposable(stream), signal);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

class MemoryAccess implements RandomAccess {
  #bytes: Buffer | undefined;
  readonly size: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.size = bytes.byteLength;
  }

  async read(offset: number, length: number, { signal }: AbortOptions = {}): Promise<Buffer> {
    signal?.throwIfAborted();
    return Promise.resolve(this.#slice(offset, length));
  }

  stream(start: number, length: number, { signal }: AbortOptions = {}): Readable {
    const bytes = this.#slice(start, length);
    let position = 0;
    const stream = new Readable({
      highWaterMark: PIECE,
      read() {
        const piece = bytes.subarray(position, position + PIECE);
        position += piece.byteLength;
        this.push(piece.byteLength === 0 ? null : piece);
      },
    });
    ignoreLateErrors(stream);
    return abortable(stream, signal);
  }

  async close(): Promise<void> {
    this.#bytes = undefined;
    return Promise.resolve();
  }

  #slice(offset: number, length: number): Buffer {
    assertInside(this.size, offset, length);
    if (this.#bytes === undefined) throw new Error('the bytes were closed');
    return this.#bytes.subarray(offset, offset + length);
  }
}

function abortable(stream: Readable, signal: AbortSignal | undefined): Readable {
  stream.once('close', destroyOnAbort(stream, signal));
  return stream;
}

function assertInside(size: number, offset: number, length: number): void {
  const areIntegers = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!areIntegers || offset < 0 || length < 0 || offset + length > size) {
    throw new RangeError(`${length} bytes at ${offset} are not inside ${size} bytes`);
  }
}

import { writev } from 'node:fs';

import { FileSystemError } from '../../errors/file-system.js';
import { dispose } from '../streams/disposable.js';

/** Bytes written to disk at a time. With 64 KiB a pull takes a quarter longer. */
const PIECE = 1024 * 1024;

/**
 * Chunks written at a time. Many tiny chunks are written before they fill a piece, so that they do not keep their
 * shared slabs in memory.
 */
const MAX_CHUNKS = 1024;

/**
 * Writes to a descriptor, from the position `start`, in large pieces, one write at a time, while the caller
 * produces more. Chunks are not copied: do not change them before `flush`.
 */
export interface PieceWriter {
  /** Bytes passed to {@link write} so far. */
  readonly size: number;
  /**
   * Resolves when there is room for more bytes; returns undefined if there is room already. An error may appear
   * one call late.
   */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** As {@link write}, and disposes of the chunk after writing it. */
  writeAndDispose(chunk: Uint8Array): Promise<void> | undefined;
  /** Writes the remaining bytes; resolves when the operating system has all of them. */
  flush(): Promise<void>;
  /** Waits for a running write and ignores its error. Call it before the descriptor is closed. */
  idle(): Promise<void>;
}

export function pieceWriter(fd: number, path: string, start = 0): PieceWriter {
  return new CoalescingWriter(fd, path, start);
}

class CoalescingWriter implements PieceWriter {
  readonly #fd: number;
  readonly #path: string;
  #chunks: Uint8Array[] = [];
  #given: Uint8Array[] = [];
  #waiting = 0;
  /** Position of the next write in the file. */
  #position: number;
  #writing: Promise<void> = Promise.resolve();
  size = 0;

  constructor(fd: number, path: string, start: number) {
    this.#fd = fd;
    this.#path = path;
    this.#position = start;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (chunk.byteLength === 0) return undefined;
    this.#chunks.push(chunk);
    this.#waiting += chunk.byteLength;
    this.size += chunk.byteLength;
    return this.#waiting < PIECE && this.#chunks.length < MAX_CHUNKS ? undefined : this.#start();
  }

  writeAndDispose(chunk: Uint8Array): Promise<void> | undefined {
    this.#given.push(chunk);
    return this.write(chunk);
  }

  async flush(): Promise<void> {
    await this.#start();
    await this.#writing;
  }

  async idle(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  /** Waits for the previous write, then starts the next one, which runs while the caller continues. */
  async #start(): Promise<void> {
    await this.#writing;
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    const given = this.#given;
    this.#chunks = [];
    this.#given = [];
    this.#waiting = 0;
    this.#writing = this.#writeAll(chunks).then(() => {
      given.forEach(dispose);
    });
    this.#writing.catch(() => undefined);
  }

  async #writeAll(chunks: readonly Uint8Array[]): Promise<void> {
    let rest = chunks;
    while (rest.length > 0) {
      const count = await this.#writeSome(rest);
      this.#position += count;
      rest = afterBytes(rest, count);
    }
  }

  #writeSome(chunks: readonly Uint8Array[]): Promise<number> {
    return new Promise((resolve, reject) => {
      writev(this.#fd, chunks, this.#position, (error, count) => {
        if (error === null) resolve(count);
        else reject(new FileSystemError('write', this.#path, error));
      });
    });
  }
}

/** The rest of `chunks` after the first `count` bytes. A disk that fills up writes fewer bytes than requested. */
function afterBytes(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let skipped = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (skipped + chunk.byteLength > count) {
      return [chunk.subarray(count - skipped), ...chunks.slice(index + 1)];
    }
    skipped += chunk.byteLength;
  }
  return [];
}

import type { Readable } from 'node:stream';

import { dispose, isDisposable } from './disposable.js';

/** Cuts a stream into pieces of the sizes that a parser asks for, copying only what spans two chunks. */
export interface ByteReader {
  /** Bytes taken so far. */
  readonly offset: number;
  /** Bytes that can be taken without waiting. */
  readonly buffered: number;
  /** Waits until `size` bytes are buffered; false if the stream ends before. */
  fill(size: number): Promise<boolean>;
  /** Takes exactly `size` buffered bytes. */
  take(size: number): Buffer;
  /** Takes up to `max` buffered bytes, as many as lie in one piece; none only if nothing is buffered. */
  takeSome(max: number): Buffer;
  /** Drops up to `max` buffered bytes; gives how many. */
  skipSome(max: number): number;
  /** Disposes of a piece that was taken and is not needed any more, if nobody else has its bytes. */
  done(piece: Buffer): void;
  /** Gives bytes back that were taken last. */
  unread(bytes: Buffer): void;
}

export function byteReader(source: Readable): ByteReader {
  return new ChunkReader(source[Symbol.asyncIterator](), isDisposable(source));
}

class ChunkReader implements ByteReader {
  readonly #source: AsyncIterator<unknown>;
  readonly #disposable: boolean;
  #chunks: Buffer[] = [];
  offset = 0;
  buffered = 0;

  constructor(source: AsyncIterator<unknown>, disposable: boolean) {
    this.#source = source;
    this.#disposable = disposable;
  }

  async fill(size: number): Promise<boolean> {
    while (this.buffered < size) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      // Byte streams yield Buffers; nothing in this package sets an encoding.
      const chunk = next.value as Buffer;
      if (chunk.byteLength === 0) continue;
      this.#chunks.push(chunk);
      this.buffered += chunk.byteLength;
    }
    return true;
  }

  take(size: number): Buffer {
    if (size > this.buffered) throw new RangeError('more was taken than is buffered');
    const first = this.takeSome(size);
    if (first.byteLength === size) return first;
    const pieces = [first];
    let missing = size - first.byteLength;
    while (missing > 0) {
      const piece = this.takeSome(missing);
      pieces.push(piece);
      missing -= piece.byteLength;
    }
    return Buffer.concat(pieces, size);
  }

  takeSome(max: number): Buffer {
    const [first] = this.#chunks;
    if (first === undefined || max <= 0) return EMPTY;
    let taken = first;
    if (first.byteLength <= max) {
      this.#chunks.shift();
    } else {
      taken = first.subarray(0, max);
      this.#chunks[0] = first.subarray(max);
    }
    this.buffered -= taken.byteLength;
    this.offset += taken.byteLength;
    return taken;
  }

  skipSome(max: number): number {
    const piece = this.takeSome(max);
    const { byteLength } = piece;
    this.done(piece);
    return byteLength;
  }

  done(piece: Buffer): void {
    if (this.#disposable) dispose(piece);
  }

  unread(bytes: Buffer): void {
    if (bytes.byteLength === 0) return;
    this.#chunks.unshift(bytes);
    this.buffered += bytes.byteLength;
    this.offset -= bytes.byteLength;
  }
}

const EMPTY = Buffer.alloc(0);

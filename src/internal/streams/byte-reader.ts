import type { Readable } from 'node:stream';

import { dispose, isDisposable } from './disposable.js';

/** Cuts a stream into pieces of the sizes that a parser needs. It copies only pieces that span two chunks. */
export interface ByteReader {
  /** Bytes taken so far. */
  readonly offset: number;
  /** Bytes that can be taken without waiting. */
  readonly buffered: number;
  /** Waits until `size` bytes are buffered; false if the stream ends earlier. */
  fill(size: number): Promise<boolean>;
  /** Takes exactly `size` buffered bytes. */
  take(size: number): Buffer;
  /** As {@link take}, for bytes that the caller does not use after the next call. */
  borrow(size: number): Buffer;
  /** Takes up to `max` buffered bytes, as many as lie in one chunk; empty only if nothing is buffered. */
  takeSome(max: number): Buffer;
  /** As {@link takeSome}, for bytes that the caller does not use after the next call. */
  borrowSome(max: number): Buffer;
  /** Drops up to `max` buffered bytes; returns how many. */
  skipSome(max: number): number;
  /** Frees a piece that was taken and is no longer needed, unless others may see its bytes. */
  release(piece: Buffer): void;
  /** Puts back the bytes that were taken last. */
  unread(bytes: Buffer): void;
}

export function byteReader(source: Readable): ByteReader {
  return new ChunkReader(source[Symbol.asyncIterator](), isDisposable(source));
}

interface Piece {
  rest: Buffer;
  /** The whole chunk, for disposal; undefined if a caller keeps a part of it. */
  chunk: Buffer | undefined;
}

class ChunkReader implements ByteReader {
  readonly #source: AsyncIterator<unknown>;
  readonly #disposable: boolean;
  #pieces: Piece[] = [];
  /** Chunks to free at the next call. */
  #spent: Buffer[] = [];
  offset = 0;
  buffered = 0;

  constructor(source: AsyncIterator<unknown>, disposable: boolean) {
    this.#source = source;
    this.#disposable = disposable;
  }

  async fill(size: number): Promise<boolean> {
    this.#releaseSpent();
    while (this.buffered < size) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      // Byte streams yield Buffers; nothing in this package sets an encoding.
      const chunk = next.value as Buffer;
      if (chunk.byteLength === 0) continue;
      this.#pieces.push({ rest: chunk, chunk: this.#disposable ? chunk : undefined });
      this.buffered += chunk.byteLength;
    }
    return true;
  }

  take(size: number): Buffer {
    return this.#exactly(size, (max) => this.takeSome(max));
  }

  borrow(size: number): Buffer {
    this.#releaseSpent();
    return this.#exactly(size, (max) => this.#cut(max));
  }

  takeSome(max: number): Buffer {
    this.#releaseSpent();
    const [first] = this.#pieces;
    if (first !== undefined) first.chunk = undefined;
    return this.#cut(max);
  }

  borrowSome(max: number): Buffer {
    this.#releaseSpent();
    return this.#cut(max);
  }

  skipSome(max: number): number {
    return this.borrowSome(max).byteLength;
  }

  release(piece: Buffer): void {
    if (this.#disposable) dispose(piece);
  }

  unread(bytes: Buffer): void {
    if (bytes.byteLength === 0) return;
    this.#pieces.unshift({ rest: bytes, chunk: undefined });
    this.buffered += bytes.byteLength;
    this.offset -= bytes.byteLength;
  }

  #exactly(size: number, take: (max: number) => Buffer): Buffer {
    if (size > this.buffered) throw new RangeError('more was taken than is buffered');
    const first = take(size);
    if (first.byteLength === size) return first;
    const pieces = [first];
    let missing = size - first.byteLength;
    while (missing > 0) {
      const piece = take(missing);
      pieces.push(piece);
      missing -= piece.byteLength;
    }
    return Buffer.concat(pieces, size);
  }

  #cut(max: number): Buffer {
    const [first] = this.#pieces;
    if (first === undefined || max <= 0) return EMPTY;
    let taken = first.rest;
    if (taken.byteLength <= max) {
      this.#pieces.shift();
      if (first.chunk !== undefined) this.#spent.push(first.chunk);
    } else {
      taken = first.rest.subarray(0, max);
      first.rest = first.rest.subarray(max);
    }
    this.buffered -= taken.byteLength;
    this.offset += taken.byteLength;
    return taken;
  }

  #releaseSpent(): void {
    if (this.#spent.length === 0) return;
    this.#spent.forEach(dispose);
    this.#spent = [];
  }
}

const EMPTY = Buffer.alloc(0);

import type { Readable } from 'node:stream';

import type { AbortOptions } from '../../async/abort.js';
import { byteReader } from '../../streams/byte-reader.js';
import { eventLoopDue } from '../../async/event-loop.js';
import { generated, HIGH_WATER_MARK } from '../../streams/generated.js';
import type { RandomAccess } from '../../files/random-access.js';
import type { SparseParts } from './map.js';

/** A position in a file of which only some parts are stored. */
export class SparsePosition {
  readonly #size: number;
  readonly #parts: SparseParts;
  #part = 0;
  #position = 0;

  constructor(size: number, parts: SparseParts) {
    this.#size = size;
    this.#parts = parts;
  }

  /** Whether the next bytes are stored, and how many of that kind follow; a length of 0 at the end. */
  next(): { readonly isStored: boolean; readonly length: number } {
    const part = this.#parts[this.#part];
    if (part === undefined) return { isStored: false, length: this.#size - this.#position };
    if (this.#position < part.offset) return { isStored: false, length: part.offset - this.#position };
    return { isStored: true, length: part.offset + part.length - this.#position };
  }

  /** Bytes of the file after the position. */
  get remaining(): number {
    return this.#size - this.#position;
  }

  advance(length: number): void {
    this.#position += length;
    const part = this.#parts[this.#part];
    if (part !== undefined && this.#position === part.offset + part.length) this.#part += 1;
  }
}

const ZEROS = Buffer.alloc(HIGH_WATER_MARK);

/** Up to `length` zeros, at most one chunk of them. The memory is shared: do not write to it. */
export function zeros(length: number): Buffer {
  return ZEROS.subarray(0, length);
}

/** The position of an entry's body in an archive. */
export interface StoredBody {
  readonly offset: number;
  readonly size: number;
  readonly parts?: SparseParts | undefined;
}

/** Reads the first bytes of a body. */
export async function readBody(
  archive: RandomAccess,
  { offset, size, parts }: StoredBody,
  length: number,
  options: AbortOptions = {},
): Promise<Buffer> {
  const wanted = Math.min(length, size);
  if (parts === undefined) return archive.read(offset, wanted, options);
  const bytes = Buffer.alloc(wanted);
  let from = offset;
  for (const part of parts) {
    const found = Math.min(part.length, wanted - part.offset);
    if (found <= 0) break;
    (await archive.read(from, found, options)).copy(bytes, part.offset);
    from += part.length;
  }
  return bytes;
}

/** Opens a body. Nothing is read before the first read of the stream. */
export function streamBody(
  archive: RandomAccess,
  { offset, size, parts }: StoredBody,
  options: AbortOptions = {},
): Readable {
  if (parts === undefined) return archive.stream(offset, size, options);
  const stored = parts.reduce((sum, { length }) => sum + length, 0);
  const source = archive.stream(offset, stored, options);
  return generated(source, () => expanded(source, new SparsePosition(size, parts)));
}

async function* expanded(source: Readable, holes: SparsePosition): AsyncGenerator<Buffer> {
  const input = byteReader(source);
  for (let next = holes.next(); next.length > 0; next = holes.next()) {
    if (next.isStored && input.buffered === 0 && !(await input.fill(1))) return;
    const chunk = next.isStored ? input.takeSome(next.length) : zeros(next.length);
    holes.advance(chunk.byteLength);
    const due = eventLoopDue();
    if (due !== undefined) await due;
    yield chunk;
  }
}

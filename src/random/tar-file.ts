import { fileHeader, TAR_TRAILER, tarPadding } from '../internal/ustar-header.js';

const CHUNK_BYTES = 256 * 1024;

/** A tar that holds one file, in pieces of at most 256 KiB. */
export function* tarOfOneFile(
  name: string,
  byteSize: number,
  content: (length: number) => Uint8Array,
): Generator<Uint8Array> {
  yield fileHeader(name, byteSize);
  for (let left = byteSize; left > 0; left -= CHUNK_BYTES) yield content(Math.min(left, CHUNK_BYTES));
  yield Buffer.alloc(tarPadding(byteSize));
  yield TAR_TRAILER;
}

/** Bytes of the whole tar. */
export function tarSize(name: string, byteSize: number): number {
  return fileHeader(name, byteSize).byteLength + byteSize + tarPadding(byteSize) + TAR_TRAILER.byteLength;
}

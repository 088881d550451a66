import { encodeHeader } from '../internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../internal/tar/format/header.js';

const CHUNK_BYTES = 256 * 1024;

/** A tar with one file, in chunks of at most 256 KiB. */
export function* singleFileTar(
  name: string,
  byteSize: number,
  content: (length: number) => Uint8Array,
): Generator<Uint8Array> {
  yield encodeHeader({ name, size: byteSize });
  for (let left = byteSize; left > 0; left -= CHUNK_BYTES) yield content(Math.min(left, CHUNK_BYTES));
  yield Buffer.alloc(paddingOf(byteSize));
  yield TRAILER;
}

/** Size of the tar that `singleFileTar` makes, in bytes. */
export function tarSize(name: string, byteSize: number): number {
  return (
    encodeHeader({ name, size: byteSize }).byteLength + byteSize + paddingOf(byteSize) + TRAILER.byteLength
  );
}

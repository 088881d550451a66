import { DigestMismatchError, SizeMismatchError } from '../errors/invalid/mismatch.js';
import type { Descriptor } from './descriptor.js';
import { hashAlgorithm, hasher } from './hash.js';

/**
 * Checks bytes in memory against the size and digest of their descriptor. Streams are checked by `verified`.
 *
 * @throws SizeMismatchError or DigestMismatchError if the bytes differ.
 */
export function checkBytes(
  subject: string,
  bytes: Uint8Array,
  want: Pick<Descriptor, 'digest' | 'size'>,
): void {
  if (bytes.byteLength !== want.size) throw new SizeMismatchError(subject, want.size, bytes.byteLength);
  const running = hasher(hashAlgorithm(want.digest));
  running.update(bytes);
  const actual = running.hash();
  if (actual !== want.digest) throw new DigestMismatchError(subject, want.digest, actual);
}

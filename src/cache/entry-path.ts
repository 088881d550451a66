import path from 'node:path';
import { type Hash, hashAlgorithm, hashHex, newHash } from '../v1/hash.js';

/** The path of an entry. Go's library uses the same names; on Windows, a file name cannot contain a colon. */
export function entryPath(directory: string, hash: Hash): string {
  // A caller without types may pass any text. It must not lead out of the directory.
  const valid = newHash(hash);
  const separator = process.platform === 'win32' ? '-' : ':';
  return path.join(directory, `${hashAlgorithm(valid)}${separator}${hashHex(valid)}`);
}

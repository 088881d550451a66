import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import { readTar } from '../internal/tar/tar.js';

/** More paths than this are not remembered, so that no layer decides over our memory. */
const MAX_PATHS = 1_000_000;
const MAX_DUPLICATES = 10;

/** Reads a tar to its end; gives the first of the paths that it has more than once. Owns the stream. */
export async function duplicatePaths(tar: Readable, options: AbortOptions): Promise<readonly string[]> {
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  for await (const { header } of readTar(tar, options)) {
    if (seen.has(header.name)) {
      if (duplicates.size < MAX_DUPLICATES) duplicates.add(header.name);
    } else if (seen.size < MAX_PATHS) {
      seen.add(header.name);
    }
  }
  return [...duplicates];
}

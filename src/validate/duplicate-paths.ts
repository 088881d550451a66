import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import { readTar } from '../internal/tar/tar.js';

/** Only this many paths are remembered, so that a layer cannot use up the memory. */
const MAX_PATHS = 1_000_000;
const MAX_DUPLICATES = 10;

/** Reads a tar to its end and returns paths that it has more than once, ten at most. Owns the stream. */
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

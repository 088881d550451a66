import type { ToDiskOptions, UnpackTotals } from '../internal/unpack/options.js';
import { unpackTar } from '../internal/unpack/tar.js';
import type { Image } from '../v1/image.js';
import { extract, type ExtractOptions } from './extract.js';

export type { SkippedEntry, ToDiskOptions, UnpackTotals } from '../internal/unpack/options.js';

export interface ExtractToOptions extends Omit<ExtractOptions, 'maxEntries' | 'maxBytes'>, ToDiskOptions {}

/**
 * Unpacks the filesystem of an image into a directory that is empty or absent, unless `merge`: what {@link extract} gives,
 * as files.
 *
 * Nothing is written outside the directory, whatever the image holds: a name that leads out of it, or behind a symbolic
 * link, is refused. Symbolic links keep their targets. Node cannot make devices and pipes, nor set extended attributes:
 * they are left out and counted. An absent directory appears when it is complete; after a failure nothing is left.
 *
 * @throws UnsafePathError for a name that leads outside, or that the file system takes for that of another file.
 */
export async function extractTo(
  image: Image,
  directory: string,
  options: ExtractToOptions = {},
): Promise<UnpackTotals> {
  const { climbingLinks, ignoreDiffIds, maxEntries, signal } = options;
  // The bytes of files are counted where they are written.
  const tar = extract(image, { climbingLinks, ignoreDiffIds, maxEntries, maxBytes: Infinity, signal });
  return unpackTar(tar, directory, options);
}

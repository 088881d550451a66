import { assertText } from '../internal/arguments.js';
import type { ToDiskOptions, UnpackTotals } from '../internal/unpack/options.js';
import { unpackTar } from '../internal/unpack/tar.js';
import type { Image } from '../v1/image.js';
import { extract, type ExtractOptions } from './extract.js';

export type { SkippedEntry, ToDiskOptions, UnpackTotals } from '../internal/unpack/options.js';

/** Options of {@link extractTo}. */
export interface ExtractToOptions extends Omit<ExtractOptions, 'maxEntries' | 'maxBytes'>, ToDiskOptions {}

/**
 * Unpacks the filesystem of an image, as {@link extract} returns it, into a directory. The directory has to be empty or
 * must not exist, unless `merge` is set.
 *
 * Nothing is written outside the directory, whatever the image contains: a name that leads out of it, or through a
 * symbolic link, is refused. Symbolic links keep their targets. Node cannot create devices and pipes or set extended
 * attributes; they are left out and counted. A directory that does not exist appears when it is complete; after a
 * failure it does not exist.
 *
 * @throws UnsafePathError for a name that leads outside, or that the file system treats as the name of another file.
 */
export async function extractTo(
  image: Image,
  directory: string,
  options: ExtractToOptions = {},
): Promise<UnpackTotals> {
  assertText('directory', directory, 'a path');
  const { climbingLinks, ignoreDiffIds, maxEntries, signal } = options;
  // The files are counted against `maxBytes` when they are written, so the tar has no cap.
  const tar = extract(image, { climbingLinks, ignoreDiffIds, maxEntries, maxBytes: Infinity, signal });
  return unpackTar(tar, directory, options);
}

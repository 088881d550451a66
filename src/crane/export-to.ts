import { assertText } from '../internal/arguments.js';
import { extractTo, type ExtractToOptions, type UnpackTotals } from '../mutate/extract-to.js';
import { imageFrom, type ImageSource, sourceText } from './locations/source.js';
import type { CraneOptions } from './names/options.js';
import { reportReads } from './locations/report-reads.js';

/** How the image is found, and how it is unpacked. */
export interface ExportToOptions extends CraneOptions, ExtractToOptions {}

/**
 * Writes the filesystem of an image, or of the image at a location, into a directory, which must be empty or must not exist.
 * Nothing is written outside that directory; see `mutate.extractTo`. Of an index, the image for `platform`, or for
 * linux/amd64, is used.
 */
export async function exportTo(
  source: ImageSource,
  directory: string,
  options: ExportToOptions = {},
): Promise<UnpackTotals> {
  assertText('directory', directory, 'a path');
  const image = reportReads(await imageFrom(source, options), sourceText(source), options.onProgress);
  return extractTo(image, directory, options);
}

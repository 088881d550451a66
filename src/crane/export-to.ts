import { extractTo, type ExtractToOptions, type UnpackTotals } from '../mutate/extract-to.js';
import type { Image } from '../v1/image.js';
import type { CraneOptions } from './names/options.js';
import { reportReads } from './locations/report-reads.js';
import { pull } from './pulling/pull.js';

/** Options of the pull, if the image is named by its reference, and of the unpacking. */
export interface ExportToOptions extends CraneOptions, ExtractToOptions {}

/**
 * Writes the filesystem of an image into a directory, which must be empty or must not exist. Nothing is written outside
 * that directory; see `mutate.extractTo`. If a reference names an index, the image for `platform`, or for linux/amd64, is
 * used.
 */
export async function exportTo(
  image: Image | string,
  directory: string,
  options: ExportToOptions = {},
): Promise<UnpackTotals> {
  const source = typeof image === 'string' ? await pull(image, options) : image;
  const subject = typeof image === 'string' ? image : 'image';
  return extractTo(reportReads(source, subject, options.onProgress), directory, options);
}

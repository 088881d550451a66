import { extractTo, type ExtractToOptions, type UnpackTotals } from '../mutate/extract-to.js';
import type { Image } from '../v1/image.js';
import type { CraneOptions } from './locations/options.js';
import { pull } from './pulling/pull.js';

export interface ExportToOptions extends CraneOptions, ExtractToOptions {}

/**
 * Writes the filesystem of an image, given itself or by its reference, into a directory that is empty or absent, and never
 * outside it; see `mutate.extractTo`. Of an index, that is the image for `platform` or linux/amd64.
 */
export async function exportTo(
  image: Image | string,
  directory: string,
  options: ExportToOptions = {},
): Promise<UnpackTotals> {
  return extractTo(typeof image === 'string' ? await pull(image, options) : image, directory, options);
}

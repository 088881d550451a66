import { imageFrom, type ImageSource } from './locations/source.js';
import type { CraneOptions } from './names/options.js';

/**
 * Reads the config of an image, or of the image at a location, and returns its exact bytes. Of an index, the image for
 * `platform`, or for linux/amd64, is used.
 */
export async function config(source: ImageSource, options: CraneOptions = {}): Promise<Uint8Array> {
  return (await imageFrom(source, options)).rawConfigFile({ signal: options.signal });
}

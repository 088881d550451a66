import { find } from './locations/find.js';
import type { ImageLocation } from './names/location.js';
import type { CraneOptions } from './names/options.js';

/**
 * Reads the config of an image and returns its exact bytes. If the location holds an index, the image for `platform`, or
 * for linux/amd64, is used.
 */
export async function config(location: ImageLocation, options: CraneOptions = {}): Promise<Uint8Array> {
  const { signal } = options;
  const image = await (await find(location, options)).image({ signal });
  return image.rawConfigFile({ signal });
}

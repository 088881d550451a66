import { find } from './locations/find.js';
import type { Place } from './locations/location.js';
import type { CraneOptions } from './locations/options.js';

/** The exact bytes of an image's config; of an index, that of the image for `platform` or linux/amd64. */
export async function config(place: Place, options: CraneOptions = {}): Promise<Uint8Array> {
  const { signal } = options;
  const image = await (await find(place, options)).image({ signal });
  return image.rawConfigFile({ signal });
}

import { isIndex } from '../v1/types.js';
import { find } from './locations/find.js';
import type { Place } from './locations/location.js';
import type { CraneOptions } from './locations/options.js';

/**
 * The exact bytes of the manifest at a place; with `platform`, of the image for it if there is an index.
 */
export async function manifest(place: Place, options: CraneOptions = {}): Promise<Uint8Array> {
  const { platform, signal } = options;
  const found = await find(place, options);
  if (platform === undefined || !isIndex(found.mediaType)) return found.rawManifest({ signal });
  return (await found.image({ signal })).rawManifest({ signal });
}

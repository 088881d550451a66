import { isIndex } from '../v1/types.js';
import { find } from './locations/find.js';
import type { ImageLocation } from './names/location.js';
import type { CraneOptions } from './names/options.js';

/**
 * Reads the manifest at a location and returns its exact bytes. If there is an index and `platform` is set, it is the
 * manifest of the image for that platform.
 */
export async function manifest(location: ImageLocation, options: CraneOptions = {}): Promise<Uint8Array> {
  const { platform, signal } = options;
  const found = await find(location, options);
  if (platform === undefined || !isIndex(found.mediaType)) return found.rawManifest({ signal });
  return (await found.image({ signal })).rawManifest({ signal });
}

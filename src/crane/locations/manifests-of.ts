import type { Descriptor } from '../../v1/descriptor.js';
import type { ImageLocation } from '../names/location.js';
import type { CraneOptions } from '../names/options.js';
import { indexAt } from './index-at.js';

/**
 * The descriptors that an index lists. For an archive or layout without a tag or digest, they describe everything that it
 * holds.
 *
 * @throws UnsupportedError if the location selects an image.
 */
export async function manifestsOf(
  location: ImageLocation,
  options: CraneOptions = {},
): Promise<readonly Descriptor[]> {
  return (await (await indexAt(location, options)).indexManifest({ signal: options.signal })).manifests;
}

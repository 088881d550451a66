import type { ImageIndex } from '../../v1/image-index.js';
import { find } from './find.js';
import type { ImageLocation } from '../names/location.js';
import { open, openOptions } from './open.js';
import type { CraneOptions } from '../names/options.js';

/**
 * The index at a location. For an archive or layout without a tag or digest, it lists everything that the archive or layout
 * holds.
 *
 * @throws UnsupportedError if the location selects an image.
 */
export async function indexAt(location: ImageLocation, options: CraneOptions = {}): Promise<ImageIndex> {
  const { signal } = options;
  if (
    typeof location === 'object' &&
    'path' in location &&
    location.tag === undefined &&
    location.digest === undefined
  ) {
    return (await open(location.path, openOptions(options))).imageIndex({}, { signal });
  }
  return (await find(location, options)).imageIndex({ signal });
}

import type { ImageIndex } from '../../v1/image-index.js';
import { find } from './find.js';
import type { Place } from './location.js';
import { open, openOptions } from './open.js';
import type { CraneOptions } from './options.js';

/**
 * The index at a place. Of an archive or layout as a whole, without tag or digest, that is all that it holds.
 *
 * @throws {@link UnsupportedError} for an image.
 */
export async function wholeIndex(place: Place, options: CraneOptions = {}): Promise<ImageIndex> {
  const { signal } = options;
  if (typeof place === 'object' && 'path' in place && place.tag === undefined && place.digest === undefined) {
    return (await open(place.path, openOptions(options))).imageIndex({}, { signal });
  }
  return (await find(place, options)).imageIndex({ signal });
}

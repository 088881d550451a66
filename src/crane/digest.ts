import type { Hash } from '../v1/hash.js';
import { find } from './locations/find.js';
import { head } from './get.js';
import type { Place } from './locations/location.js';
import type { CraneOptions } from './locations/options.js';

/**
 * The digest of what is at a place: that of an index as a whole, or with `platform` of the image for
 * it. In a registry one request without `platform`.
 */
export async function digest(place: Place, options: CraneOptions = {}): Promise<Hash> {
  const { platform, signal } = options;
  const reference = typeof place === 'string' ? place : place.kind === 'docker' ? place.reference : undefined;
  if (platform === undefined && reference !== undefined) return (await head(reference, options)).digest;
  const found = await find(place, options);
  return platform === undefined
    ? found.digest({ signal })
    : (await found.image({ signal })).digest({ signal });
}

import type { Hash } from '../v1/hash.js';
import { find } from './locations/find.js';
import { head } from './get.js';
import type { ImageLocation } from './names/location.js';
import type { CraneOptions } from './names/options.js';

/**
 * Gets the digest of the image or index at a location. If there is an index and `platform` is set, it is the digest of the
 * image for that platform. For a registry, and without `platform`, this costs one HEAD request.
 */
export async function digest(location: ImageLocation, options: CraneOptions = {}): Promise<Hash> {
  const { platform, signal } = options;
  const reference =
    typeof location === 'string' ? location : location.kind === 'docker' ? location.reference : undefined;
  if (platform === undefined && reference !== undefined) return (await head(reference, options)).digest;
  const found = await find(location, options);
  return platform === undefined
    ? found.digest({ signal })
    : (await found.image({ signal })).digest({ signal });
}

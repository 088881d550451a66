import type { Hash } from '../v1/hash.js';
import { head } from './get.js';
import { assertSource, contentFrom, type ImageSource, isLocation } from './locations/source.js';
import type { CraneOptions } from './names/options.js';
import { registryReference } from './names/target.js';

/**
 * Gets the digest of an image or index, or of the one at a location. If there is an index and `platform` is set, it is the
 * digest of the image for that platform. For a registry, and without `platform`, this costs one HEAD request.
 */
export async function digest(source: ImageSource, options: CraneOptions = {}): Promise<Hash> {
  assertSource(source);
  const { platform, signal } = options;
  const reference = isLocation(source) ? registryReference(source) : undefined;
  if (platform === undefined && reference !== undefined) return (await head(reference, options)).digest;
  return (await contentFrom(source, options)).digest({ signal });
}

import { image } from '../remote/image.js';
import type { Hash } from '../v1/hash.js';
import { head } from './get.js';
import { type CraneOptions, referenceOf, remoteOptions } from './options.js';

/**
 * The digest that a reference names: that of an index as a whole, or with `platform` of the image for
 * it. One request without `platform`.
 */
export async function digest(reference: string, options: CraneOptions = {}): Promise<Hash> {
  if (options.platform === undefined) return (await head(reference, options)).digest;
  const found = await image(referenceOf(reference, options), remoteOptions(options));
  return found.digest({ signal: options.signal });
}

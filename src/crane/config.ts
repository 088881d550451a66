import { image } from '../remote/image.js';
import { type CraneOptions, referenceOf, remoteOptions } from './options.js';

/** The exact bytes of an image's config; of an index, that of the image for `platform` or linux/amd64. */
export async function config(reference: string, options: CraneOptions = {}): Promise<Uint8Array> {
  const found = await image(referenceOf(reference, options), remoteOptions(options));
  return found.rawConfigFile({ signal: options.signal });
}

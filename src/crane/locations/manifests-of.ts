import type { Descriptor } from '../../v1/descriptor.js';
import type { Place } from './location.js';
import type { CraneOptions } from './options.js';
import { wholeIndex } from './whole-index.js';

/** What an index lists; of an archive or layout as a whole, all that it holds. */
export async function manifestsOf(place: Place, options: CraneOptions = {}): Promise<readonly Descriptor[]> {
  return (await (await wholeIndex(place, options)).indexManifest({ signal: options.signal })).manifests;
}

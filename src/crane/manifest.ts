import { isIndex } from '../v1/types.js';
import { get } from './get.js';
import type { CraneOptions } from './options.js';

/**
 * The exact bytes of the manifest that a reference names; with `platform`, of the image for it if the
 * reference names an index.
 */
export async function manifest(reference: string, options: CraneOptions = {}): Promise<Uint8Array> {
  const found = await get(reference, options);
  if (options.platform === undefined || !isIndex(found.mediaType)) return found.manifest;
  return (await found.image({ signal: options.signal })).rawManifest({ signal: options.signal });
}

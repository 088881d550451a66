import { isIndex } from '../v1/types.js';
import { find } from './locations/find.js';
import { assertSource, contentFrom, type ImageSource, isLocation } from './locations/source.js';
import type { CraneOptions } from './names/options.js';

/**
 * Reads the manifest of an image or index, or the one at a location, and returns its exact bytes. If there is an index and
 * `platform` is set, it is the manifest of the image for that platform.
 */
export async function manifest(source: ImageSource, options: CraneOptions = {}): Promise<Uint8Array> {
  assertSource(source);
  const { platform, signal } = options;
  if (!isLocation(source)) return (await contentFrom(source, options)).rawManifest({ signal });
  // A registry may have a manifest of any kind, which need not be an image.
  const found = await find(source, options);
  if (platform === undefined || !isIndex(found.mediaType)) return found.rawManifest({ signal });
  return (await found.image({ signal })).rawManifest({ signal });
}

import { type Hash, hashHex } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';
import {
  dockerLayerZstd,
  dockerUncompressedLayer,
  ociLayerZstd,
  ociRestrictedLayerZstd,
  ociUncompressedLayer,
  ociUncompressedRestrictedLayer,
} from '../../v1/types.js';

/**
 * Names the file of a layer. The name has no `sha256:`, because old versions of tar read a name with a colon as a remote tape
 * drive. The ending says how the file is compressed.
 */
export function layerFileName(digest: Hash, mediaType: MediaType): string {
  return hashHex(digest) + (endings.get(mediaType) ?? '.tar.gz');
}

const endings: ReadonlyMap<MediaType, string> = new Map([
  [ociLayerZstd, '.tar.zst'],
  [ociRestrictedLayerZstd, '.tar.zst'],
  [dockerLayerZstd, '.tar.zst'],
  [ociUncompressedLayer, '.tar'],
  [ociUncompressedRestrictedLayer, '.tar'],
  [dockerUncompressedLayer, '.tar'],
]);

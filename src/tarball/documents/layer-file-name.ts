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

/** The hex without its algorithm, as old tools take a colon for a remote tape drive; the ending tells gunzip what it is. */
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

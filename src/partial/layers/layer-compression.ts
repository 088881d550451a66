import type { MediaType } from '../../v1/media-type.js';
import {
  dockerLayer,
  dockerUncompressedLayer,
  ociLayer,
  ociLayerZstd,
  ociUncompressedLayer,
} from '../../v1/types.js';

export type LayerCompression = 'gzip' | 'zstd' | 'none';

/** How a plain tar is turned into a layer. */
export interface LayerCompressionOptions {
  /** @default 'gzip' */
  readonly compression?: LayerCompression | undefined;
  /**
   * From fast to small: 1 to 9 for gzip, 1 to 19 for zstd. Only gzip's level 1 gives the same bytes, and so the same
   * digest, on every machine and version of Node.
   *
   * @default 1
   */
  readonly compressionLevel?: number | undefined;
}

/** The media type of a tar in the given compression. Docker's family borrows OCI's for zstd, having none. */
export function layerMediaType(compression: LayerCompression, family: 'docker' | 'oci'): MediaType {
  if (compression === 'zstd') return ociLayerZstd;
  if (compression === 'gzip') return family === 'oci' ? ociLayer : dockerLayer;
  return family === 'oci' ? ociUncompressedLayer : dockerUncompressedLayer;
}

/** The compression that a layer's media type announces; undefined if it says nothing about one. */
export function announcedCompression(mediaType: MediaType): LayerCompression | undefined {
  if (/[+.]gzip$/.test(mediaType)) return 'gzip';
  if (/[+.]zstd$/.test(mediaType)) return 'zstd';
  return mediaType.endsWith('.tar') ? 'none' : undefined;
}

import type { MediaType } from '../../v1/media-type.js';
import {
  dockerLayer,
  dockerUncompressedLayer,
  ociLayer,
  ociLayerZstd,
  ociUncompressedLayer,
} from '../../v1/types.js';

/** The compressions that a layer may have. */
export type LayerCompression = 'gzip' | 'zstd' | 'none';

/** How a plain tar is compressed into a layer. */
export interface LayerCompressionOptions {
  /** The compression of the stored bytes; `none` stores the tar itself. @default 'gzip' */
  readonly compression?: LayerCompression | undefined;
  /**
   * From fast to small: 1 to 9 for gzip, 1 to 19 for zstd. Only level 1 of gzip gives the same bytes, and so the same
   * digest, on every machine and in every version of Node.
   *
   * @default 1
   */
  readonly compressionLevel?: number | undefined;
}

/**
 * The media type of a tar in this compression. Docker has no media type for zstd, so OCI's is used for both families.
 */
export function layerMediaType(compression: LayerCompression, family: 'docker' | 'oci'): MediaType {
  if (compression === 'zstd') return ociLayerZstd;
  if (compression === 'gzip') return family === 'oci' ? ociLayer : dockerLayer;
  return family === 'oci' ? ociUncompressedLayer : dockerUncompressedLayer;
}

/** The compression that a layer's media type names; undefined if it names none. */
export function announcedCompression(mediaType: MediaType): LayerCompression | undefined {
  if (/[+.]gzip$/.test(mediaType)) return 'gzip';
  if (/[+.]zstd$/.test(mediaType)) return 'zstd';
  return mediaType.endsWith('.tar') ? 'none' : undefined;
}

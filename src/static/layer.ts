import { bytesLayer } from '../partial/layers/bytes-layer.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';

/**
 * A layer of exactly these bytes and this media type. Nothing is compressed or decompressed, so the digest and the diff
 * ID are equal. The bytes are not copied: do not write to them.
 */
export function newLayer(bytes: Uint8Array, mediaType: MediaType): Layer {
  return bytesLayer(bytes, async () => mediaType);
}

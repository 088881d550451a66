import { bytesLayer } from '../partial/layers/bytes-layer.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';

/**
 * A layer of these very bytes under this very media type. Nothing is compressed or decompressed, so
 * the digest and the diff ID are the same. The bytes are shared: do not write to them.
 */
export function newLayer(bytes: Uint8Array, mediaType: MediaType): Layer {
  return bytesLayer(bytes, async () => mediaType);
}

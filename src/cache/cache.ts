import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';

/**
 * Stores the bytes of layers, by the digest of the stored form or by the diff ID, which is the digest of the tar inside.
 *
 * Implement this interface to keep layers somewhere else than on the disk. The bytes that a cache returns are checked against
 * the digest, so the cache need not be trusted.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/cache/cache.go
 */
export interface Cache {
  /**
   * Gets the layer that is stored under a digest or a diff ID.
   *
   * @throws NotFoundError if there is no such layer or it cannot be read; the layer is then read from its source. Any other
   *   error fails the read.
   */
  get(hash: Hash, options?: AbortOptions): Promise<Layer>;
  /**
   * Returns a layer that reads from `layer` and stores the bytes once a stream is read to its end: those of `compressed`
   * under the digest, and those of `uncompressed` under the diff ID.
   */
  put(layer: Layer, options?: AbortOptions): Promise<Layer>;
  /**
   * Removes the layer that is stored under a digest or a diff ID.
   *
   * @throws NotFoundError if there is no such layer.
   */
  delete(hash: Hash, options?: AbortOptions): Promise<void>;
}

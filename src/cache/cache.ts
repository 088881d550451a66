import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';

/**
 * Keeps the bytes of layers, found by the digest of the stored form or of the tar inside.
 *
 * Write one of your own for another place than the disk. What it gives is checked against the digest
 * that was asked for, so it need not be trusted.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/cache/cache.go
 */
export interface Cache {
  /**
   * The layer that is kept under a digest or a diff ID.
   *
   * @throws {@link NotFoundError} if there is none, or it cannot be had: it is then read from its source. Any other
   *   error fails the reading.
   */
  get(hash: Hash, options?: AbortOptions): Promise<Layer>;
  /**
   * A layer that reads from `layer`, and is kept once a stream of it was read to its end: under the digest what
   * `compressed` yields, under the diff ID what `uncompressed` does.
   */
  put(layer: Layer, options?: AbortOptions): Promise<Layer>;
  /**
   * Drops what is kept under a digest or a diff ID.
   *
   * @throws {@link NotFoundError} if there is nothing.
   */
  delete(hash: Hash, options?: AbortOptions): Promise<void>;
}

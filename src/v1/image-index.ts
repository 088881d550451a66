import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from './descriptor.js';
import type { Hash } from './hash.js';
import type { Image } from './image.js';
import type { Layer } from './layer.js';
import type { IndexManifest } from './manifest.js';
import type { MediaType } from './media-type.js';

/**
 * A list of manifests: images for several platforms, other indexes, artifacts.
 *
 * An ImageIndex does not change, and nothing is read before a method is called.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/index.go
 */
export interface ImageIndex {
  mediaType(options?: AbortOptions): Promise<MediaType>;
  digest(options?: AbortOptions): Promise<Hash>;
  /** Bytes of the index's own manifest. */
  size(options?: AbortOptions): Promise<number>;
  indexManifest(options?: AbortOptions): Promise<IndexManifest>;
  /** The index manifest's exact bytes. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /**
   * The child image with this digest.
   *
   * @throws {@link NotFoundError} if the index does not list it.
   */
  image(digest: Hash, options?: AbortOptions): Promise<Image>;
  /**
   * The child index with this digest.
   *
   * @throws {@link NotFoundError} if the index does not list it.
   */
  imageIndex(digest: Hash, options?: AbortOptions): Promise<ImageIndex>;

  /** A child that is neither image nor index, as a blob. */
  layer?(digest: Hash, options?: AbortOptions): Promise<Layer>;
  /** The descriptor under which the index's source lists it. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
}

/** How deep indexes may nest within an index, unless an option sets another cap. */
export const MAX_INDEX_DEPTH = 16;

/**
 * Whether something that is an image or an index is an index.
 *
 * The guard looks for the method `indexManifest` and reads nothing.
 */
export function isImageIndex(content: object): content is ImageIndex {
  return 'indexManifest' in content;
}

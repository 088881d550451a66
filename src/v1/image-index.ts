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
 * An ImageIndex does not change, and reads nothing before a method is called.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/index.go
 */
export interface ImageIndex {
  /** Media type of the index manifest. */
  mediaType(options?: AbortOptions): Promise<MediaType>;
  /** Digest of the index manifest. */
  digest(options?: AbortOptions): Promise<Hash>;
  /** Size of the index manifest in bytes, without its children. */
  size(options?: AbortOptions): Promise<number>;
  /** The parsed index manifest, deeply frozen. */
  indexManifest(options?: AbortOptions): Promise<IndexManifest>;
  /** The index manifest's exact bytes. The array is shared: do not write to it. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /**
   * The child image with this digest.
   *
   * @throws NotFoundError if the index does not list it.
   */
  image(digest: Hash, options?: AbortOptions): Promise<Image>;
  /**
   * The child index with this digest.
   *
   * @throws NotFoundError if the index does not list it.
   */
  imageIndex(digest: Hash, options?: AbortOptions): Promise<ImageIndex>;

  /** A child that is neither an image nor an index, as a blob. */
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

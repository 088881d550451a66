import type { Describable } from '../partial/capabilities.js';
import type { CompressedImageOptions } from '../partial/compressed-image.js';
import { indexFromCore } from '../partial/index-from-core.js';
import { manifests, type WithManifests } from '../partial/index-children.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { Cache } from './cache.js';
import { cachedLayer } from './cached-layer.js';
import { image } from './image.js';

/**
 * Reads the images of an index, and of its nested indexes, through a cache; see {@link image}.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/cache/cache.go
 */
export function imageIndex(
  base: ImageIndex & Partial<WithManifests>,
  cache: Cache,
  options: CompressedImageOptions = {},
): ImageIndex {
  const limits = { ...options };
  const openLayer = base.layer?.bind(base);
  const index = indexFromCore({
    ...(base.descriptor && { descriptor: base.descriptor.bind(base) }),
    mediaType: async (options) => base.mediaType(options),
    digest: async (options) => base.digest(options),
    rawManifest: async (options) => base.rawManifest(options),
    image: async ({ digest }, options) => image(await base.image(digest, options), cache, limits),
    imageIndex: async ({ digest }, options) =>
      imageIndex(await base.imageIndex(digest, options), cache, limits),
    ...(openLayer && {
      layer: async ({ digest }, options) => cachedLayer(cache, await openLayer(digest, options), limits),
    }),
  });
  if (base.manifests === undefined) return index;
  const cached = (child: Describable & Partial<Image & ImageIndex & Layer>): Describable => {
    if (isImage(child)) return image(child, cache, limits);
    if (isIndex(child)) return imageIndex(child, cache, limits);
    return isLayer(child) ? cachedLayer(cache, child, limits) : child;
  };
  // The children may be one-shot streams, whose digests are not known yet.
  return Object.freeze<ImageIndex & WithManifests>({
    ...index,
    manifests: async (options) => (await manifests(base, options)).map(cached),
  });
}

const isImage = (child: Describable): child is Image => 'configName' in child;
const isIndex = (child: Describable): child is ImageIndex => isImageIndex(child);
const isLayer = (child: Describable): child is Layer => 'compressed' in child;

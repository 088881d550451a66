import type { Cache } from '../../cache/cache.js';
import { imageIndex } from '../../cache/image-index.js';
import { image } from '../../cache/image.js';
import type { CompressedImageOptions } from '../../partial/compressed-image.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';

/** Reads images and indexes through a cache, and notes whether damaged entries were removed from it. */
export interface CachedReader {
  image(content: Image): Image;
  content(content: Image | ImageIndex): Image | ImageIndex;
  /** Waits until damaged entries are removed. True if any were removed since the last call. */
  hasDropped(): Promise<boolean>;
}

export function cachedReader(cache: Cache, limits: CompressedImageOptions): CachedReader {
  const dropping: Promise<unknown>[] = [];
  const watched: Cache = {
    get: async (hash, options) => cache.get(hash, options),
    put: async (layer, options) => cache.put(layer, options),
    delete: async (hash, options) => {
      const done = cache.delete(hash, options);
      dropping.push(done);
      return done;
    },
  };
  return {
    image: (content) => image(content, watched, limits),
    content: (content) =>
      isImageIndex(content) ? imageIndex(content, watched, limits) : image(content, watched, limits),
    hasDropped: async () => {
      const settled = dropping.splice(0);
      await Promise.allSettled(settled);
      return settled.length > 0;
    },
  };
}

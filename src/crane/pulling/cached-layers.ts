import type { Cache } from '../../cache/cache.js';
import { imageIndex } from '../../cache/image-index.js';
import { image } from '../../cache/image.js';
import type { CompressedImageOptions } from '../../partial/compressed-image.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';

/** What is pulled through a cache. */
export interface KeptLayers {
  image(content: Image): Image;
  whole(content: Image | ImageIndex): Image | ImageIndex;
  /** Whether something damaged was dropped since this was asked last; once it is gone. */
  dropped(): Promise<boolean>;
}

export function keptLayers(cache: Cache, limits: CompressedImageOptions): KeptLayers {
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
    whole: (content) =>
      isImageIndex(content) ? imageIndex(content, watched, limits) : image(content, watched, limits),
    dropped: async () => {
      const some = dropping.splice(0);
      await Promise.allSettled(some);
      return some.length > 0;
    },
  };
}

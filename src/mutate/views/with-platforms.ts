import { assertIndex } from '../../v1/assert-content.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { lazy } from '../../internal/async/lazy.js';
import { mapLimit } from '../../internal/async/limit.js';
import { childPlatform, hasPlatform } from '../../partial/child-platform.js';
import { indexFromCore } from '../../partial/index-from-core.js';
import type { ImageIndex } from '../../v1/image-index.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';

const JOBS = 4;

/**
 * Adds the platform of every image to its descriptor, so that runtimes find the image. It comes from the config, which
 * is read only if the descriptor has no platform. An index in which nothing is missing keeps its bytes.
 */
export function withPlatforms(base: ImageIndex): ImageIndex {
  assertIndex('base', base);
  const rawManifest = lazy(async (options) => {
    const manifest = await base.indexManifest(options);
    if (manifest.manifests.every(hasPlatform)) return base.rawManifest(options);
    let filled = 0;
    const manifests = await mapLimit(
      manifest.manifests,
      JOBS,
      async (child, { signal }) => {
        if (hasPlatform(child)) return child;
        const platform = await childPlatform(base, child, { signal });
        if (platform === undefined) return child;
        filled += 1;
        return { ...child, platform };
      },
      options,
    );
    return filled === 0 ? base.rawManifest(options) : marshalIndexManifest({ ...manifest, manifests });
  });
  return indexFromCore({
    mediaType: async (options) => base.mediaType(options),
    rawManifest,
    image: async ({ digest }, options) => base.image(digest, options),
    imageIndex: async ({ digest }, options) => base.imageIndex(digest, options),
    layer: async ({ digest }, options) => {
      if (base.layer === undefined) throw new NotFoundError(`${digest}: the index has no such blob`);
      return base.layer(digest, options);
    },
  });
}

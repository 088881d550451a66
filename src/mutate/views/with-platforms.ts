import { NotFoundError } from '../../errors/service/not-found.js';
import { lazy } from '../../internal/async/lazy.js';
import { mapLimit } from '../../internal/async/limit.js';
import { childPlatform, tellsPlatform } from '../../partial/child-platform.js';
import { indexFromCore } from '../../partial/index-from-core.js';
import type { ImageIndex } from '../../v1/image-index.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';

const JOBS = 4;

/**
 * Writes the platform of every image into its descriptor, so that runtimes find it. It comes from the config, which is
 * read only where a descriptor tells none. An index without such descriptors keeps its bytes.
 */
export function withPlatforms(base: ImageIndex): ImageIndex {
  const rawManifest = lazy(async (o) => {
    const manifest = await base.indexManifest(o);
    if (manifest.manifests.every(tellsPlatform)) return base.rawManifest(o);
    let filled = 0;
    const manifests = await mapLimit(
      manifest.manifests,
      JOBS,
      async (child, { signal }) => {
        if (tellsPlatform(child)) return child;
        const platform = await childPlatform(base, child, { signal });
        if (platform === undefined) return child;
        filled += 1;
        return { ...child, platform };
      },
      o,
    );
    return filled === 0 ? base.rawManifest(o) : marshalIndexManifest({ ...manifest, manifests });
  });
  return indexFromCore({
    mediaType: async (o) => base.mediaType(o),
    rawManifest,
    image: async ({ digest }, o) => base.image(digest, o),
    imageIndex: async ({ digest }, o) => base.imageIndex(digest, o),
    layer: async ({ digest }, o) => {
      if (base.layer === undefined) throw new NotFoundError(`${digest}: the index has no such blob`);
      return base.layer(digest, o);
    },
  });
}

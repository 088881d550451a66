import { NotFoundError } from '../errors/service/not-found.js';
import { lazy } from '../internal/async/lazy.js';
import { mapLimit } from '../internal/async/limit.js';
import { indexFromCore } from '../partial/index-from-core.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import { ociImageIndex } from '../v1/types.js';
import { image } from './image.js';
import { assertCount, type RandomOptions, seedsFrom } from './options.js';

/**
 * An OCI index of random images. Nothing is made before a method is called. The order of the arguments is that of GGCR.
 *
 * @param byteSize - number of bytes of the file in each layer.
 * @param layers - number of layers of each image.
 * @param count - number of images.
 */
export function index(
  byteSize: number,
  layers: number,
  count: number,
  options: RandomOptions = {},
): ImageIndex {
  assertCount('byteSize', byteSize);
  assertCount('layers', layers);
  assertCount('count', count);
  const seedOf = seedsFrom(options);
  const images: readonly Image[] = Array.from({ length: count }, (_, at) =>
    image(byteSize, layers, { seed: seedOf(at) }),
  );
  const byDigest = lazy(async (options) => {
    const named = await mapLimit(
      images,
      2,
      async (each, { signal }): Promise<[Hash, Image]> => [await each.digest({ signal }), each],
      options,
    );
    return new Map(named);
  });

  return indexFromCore({
    mediaType: async () => ociImageIndex,
    rawManifest: async (options) => {
      await byDigest(options);
      const manifests = await mapLimit(
        images,
        2,
        async (each, { signal }) => ({
          mediaType: await each.mediaType({ signal }),
          size: await each.size({ signal }),
          digest: await each.digest({ signal }),
        }),
        options,
      );
      return marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests });
    },
    image: async ({ digest }, options) => {
      const found = (await byDigest(options)).get(digest);
      if (found === undefined) throw new NotFoundError(`image ${digest}: the index does not list it`);
      return found;
    },
    imageIndex: async ({ digest }) =>
      Promise.reject(new NotFoundError(`index ${digest}: a random index holds images only`)),
  });
}

import { noSuchLayer } from '../partial/layers/no-such-layer.js';
import { nilSlice } from '../internal/json/go-json.js';
import { mapLimit } from '../internal/async/limit.js';
import { layerMediaType } from '../partial/layers/layer-compression.js';
import { uncompressedToImage } from '../partial/uncompressed-image.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { marshalConfigFile } from '../v1/documents/marshal.js';
import type { MediaType } from '../v1/media-type.js';
import { dockerManifestSchema2, ociManifestSchema1 } from '../v1/types.js';
import { layer } from './layer.js';
import { assertCount, type RandomOptions, seedsFrom } from './options.js';

/** Options of `random.image`. */
export interface RandomImageOptions extends RandomOptions {
  /** Media type of the manifest; the media types of config and layers fit it. @default Docker's schema 2 */
  readonly mediaType?: MediaType | undefined;
}

/**
 * An image of random layers. Nothing is made before a method is called. The order of the arguments is that of GGCR.
 *
 * @param byteSize - number of bytes of the file in each layer.
 * @param layers - number of layers.
 */
export function image(byteSize: number, layers: number, options: RandomImageOptions = {}): Image {
  assertCount('byteSize', byteSize);
  assertCount('layers', layers);
  const { mediaType = dockerManifestSchema2 } = options;
  const layerType = layerMediaType('gzip', mediaType === ociManifestSchema1 ? 'oci' : 'docker');
  const seedOf = seedsFrom(options);
  const randomLayers: readonly Layer[] = Array.from({ length: layers }, (_, at) =>
    layer(byteSize, layerType, { seed: seedOf(at) }),
  );

  return uncompressedToImage({
    mediaType: async () => mediaType,
    rawConfigFile: async (options) => {
      const diffIds = await mapLimit(
        randomLayers,
        2,
        async (each, { signal }) => each.diffId({ signal }),
        options,
      );
      return marshalConfigFile({
        architecture: '',
        os: '',
        history: randomLayers.map((_, at) => ({
          author: 'random.image',
          created_by: 'random',
          comment: `this is a random history ${at} of ${layers}`,
        })),
        rootfs: { type: 'layers', diff_ids: diffIds.length === 0 ? nilSlice : diffIds },
        config: {},
      });
    },
    layerByDiffId: async (wanted, options) => {
      for (const each of randomLayers) if ((await each.diffId(options)) === wanted) return each;
      throw noSuchLayer(`diff ID ${wanted}`);
    },
  });
}

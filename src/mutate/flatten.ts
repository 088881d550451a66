import { assertImage } from '../v1/assert-content.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import type { History } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { isConfig, isLayer } from '../v1/types.js';
import { extract, type ExtractOptions } from './extract.js';
import { familyOf } from './views/family.js';
import { changedImage } from './views/image-view.js';
import { ARTIFACT_HINT } from './layers/layer-error.js';
import { compressedOnce, slotFor, layerTypeFor } from './layers/slots.js';

/** Options of {@link flatten}. */
export interface FlattenOptions extends LayerCompressionOptions, Omit<ExtractOptions, 'signal'> {
  /**
   * Time of creation of the image and of its layer. By default the image keeps its own time, so that the same image
   * gives the same digest.
   */
  readonly created?: Date | undefined;
  /** `created_by` of the layer's step in the history. @default `gantry flatten` and the digest of the image */
  readonly createdBy?: string | undefined;
}

/**
 * An image with the same filesystem in one layer. Everything else is kept: config, annotations, subject, and the family
 * of its media types, OCI or Docker. The comment of the new step in the history contains the old history.
 *
 * The layer is made when its digest is first read, and kept compressed in a temporary file.
 *
 * @throws UnsupportedError when the result is read, if the image is an artifact, which has no filesystem.
 */
export function flatten(base: Image, options: FlattenOptions = {}): Image {
  assertImage('base', base);
  const { compression, compressionLevel, created, createdBy, ...merge } = options;
  const layer = compressedOnce(
    {
      uncompressed: async (options) => extract(base, { ...merge, ...options }),
      mediaType: async (options) => layerTypeFor(compression, familyOf(await base.mediaType(options))),
    },
    { compression, compressionLevel },
  );
  return changedImage(base, {
    layers: async (_slots, options) => {
      const { config, layers } = await base.manifest(options);
      const at = layers.findIndex(({ mediaType }) => !isLayer(mediaType));
      const other = layers[at];
      if (!isConfig(config.mediaType) || other !== undefined) {
        const what =
          other === undefined
            ? `config ${config.mediaType}`
            : `layer ${at} (${other.digest}, ${other.mediaType})`;
        throw new UnsupportedError(`flatten: the ${what} is not part of a filesystem`, {
          hint: ARTIFACT_HINT,
        });
      }
      return [slotFor(layer)];
    },
    config: async (config, options) => {
      const time = created?.toISOString() ?? config.created;
      const step: History = {
        ...(time !== undefined && { created: time }),
        created_by: createdBy ?? `gantry flatten ${await base.digest(options)}`,
        ...(config.history !== undefined && { comment: JSON.stringify(config.history) }),
      };
      return { ...config, ...(time !== undefined && { created: time }), history: [step] };
    },
  });
}

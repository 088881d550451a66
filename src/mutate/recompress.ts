import {
  announcedCompression,
  type LayerCompression,
  type LayerCompressionOptions,
} from '../partial/layers/layer-compression.js';
import { uncompressedToLayer } from '../partial/layers/uncompressed-layer.js';
import type { Image } from '../v1/image.js';
import { isConfig, isDistributable, isLayer } from '../v1/types.js';
import { familyOf } from './views/family.js';
import { changedImage } from './views/image-view.js';
import { slotInPlace, layerTypeFor } from './layers/slots.js';

/** Options of {@link recompress}. */
export type RecompressOptions = Pick<LayerCompressionOptions, 'compressionLevel'>;

/**
 * Changes the compression of the layers. The tars inside them, and so the config, keep their exact bytes. Annotations
 * about the compressed bytes, such as those of eStargz and zstd:chunked, are removed.
 *
 * A layer that already has this compression is not changed, unless a level is given. Foreign layers, which come from
 * other servers, blobs that are not layers, and the files of an artifact are not changed.
 */
export function recompress(
  base: Image,
  compression: LayerCompression,
  { compressionLevel }: RecompressOptions = {},
): Image {
  return changedImage(base, {
    layers: async (slots, o) => {
      // oras gives files of any kind the media type of a tar.
      if (!isConfig((await base.manifest(o)).config.mediaType)) return slots;
      const type = layerTypeFor(compression, familyOf(await base.mediaType(o)));
      return Promise.all(
        slots.map(async (slot) => {
          const { mediaType } = await slot.descriptor(o);
          const done = announcedCompression(mediaType) === compression && compressionLevel === undefined;
          if (done || !isLayer(mediaType) || !isDistributable(mediaType)) return slot;
          const layer = uncompressedToLayer(
            {
              diffId: async (options) => slot.diffId(options),
              uncompressed: async (options) => slot.layer.uncompressed(options),
              mediaType: async () => type,
            },
            { compression, compressionLevel },
          );
          return slotInPlace(slot, layer);
        }),
      );
    },
  });
}

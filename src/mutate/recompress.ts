import {
  announcedCompression,
  type LayerCompression,
  type LayerCompressionOptions,
} from '../partial/layers/layer-compression.js';
import { uncompressedToLayer } from '../partial/layers/uncompressed-layer.js';
import type { Image } from '../v1/image.js';
import { isDistributable, isLayer } from '../v1/types.js';
import { familyOf } from './views/family.js';
import { changedImage } from './views/image-view.js';
import { slotInPlace, typeFor } from './layers/slots.js';

export type RecompressOptions = Pick<LayerCompressionOptions, 'compressionLevel'>;

/**
 * Compresses the layers in another way. What is in them, and so the config, stays the same byte for byte. Annotations
 * about the compressed bytes, such as those of eStargz and zstd:chunked, are dropped with them.
 *
 * A layer that is compressed so already is left alone, unless a level is given. Foreign layers, which come
 * from elsewhere, and other blobs are left alone too.
 */
export function recompress(
  base: Image,
  compression: LayerCompression,
  { compressionLevel }: RecompressOptions = {},
): Image {
  return changedImage(base, {
    layers: async (slots, o) => {
      const type = typeFor(compression, familyOf(await base.mediaType(o)));
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

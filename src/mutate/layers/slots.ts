import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed } from '../../internal/compress/compression.js';
import { descriptor as descriptorOf } from '../../partial/capabilities.js';
import type { UncompressedLayer } from '../../partial/layers/cores.js';
import {
  announcedCompression,
  layerMediaType,
  type LayerCompressionOptions,
} from '../../partial/layers/layer-compression.js';
import { uncompressedToLayer } from '../../partial/layers/uncompressed-layer.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import { isDistributable, isLayer } from '../../v1/types.js';
import { descriptorAfterChange } from '../views/byte-annotations.js';
import { type Family, inFamily } from '../views/family.js';
import type { LayerSlot } from '../views/image-view.js';
import { overrideLayer } from './override-layer.js';

/** The slot of a layer with a new descriptor, made of its media type, size and digest. */
export function slotFor(layer: Layer): LayerSlot {
  return {
    layer,
    descriptor: async (options) => bareDescriptor(layer, options),
    diffId: async (options) => layer.diffId(options),
  };
}

/** The slot of a layer with the descriptor under which its source lists it. */
export function slotAsListed(layer: Layer): LayerSlot {
  return {
    layer,
    descriptor: async (options) => descriptorOf(layer, options),
    diffId: async (options) => layer.diffId(options),
  };
}

/**
 * The slot of a layer that replaces the layer of another slot. It keeps the parts of the old descriptor that are still
 * true.
 */
export function slotInPlace(old: LayerSlot, layer: Layer): LayerSlot {
  return {
    layer,
    descriptor: async (o = {}) => {
      const now = await bareDescriptor(layer, o);
      const sameContent = async (options: AbortOptions): Promise<boolean> =>
        (await layer.diffId(options)) === (await old.diffId(options));
      return descriptorAfterChange(await old.descriptor(o), now, sameContent, o);
    },
    diffId: async (options) => layer.diffId(options),
  };
}

async function bareDescriptor(layer: Layer, options?: AbortOptions): Promise<Descriptor> {
  return {
    mediaType: await layer.mediaType(options),
    size: await layer.size(options),
    digest: await layer.digest(options),
  };
}

/** The same bytes under another media type. */
export function slotWithMediaType(slot: LayerSlot, type: (mediaType: MediaType) => MediaType): LayerSlot {
  const descriptor = async (options?: AbortOptions): Promise<Descriptor> => {
    const old = await slot.descriptor(options);
    return { ...old, mediaType: type(old.mediaType) };
  };
  const layer = overrideLayer(slot.layer, {
    descriptor,
    mediaType: async (options) => (await descriptor(options)).mediaType,
  });
  return { ...slot, layer, descriptor };
}

/** Whether the layer of a slot is part of a filesystem, so that it can be read and rewritten. */
export async function isFilesystem(slot: LayerSlot, options: AbortOptions): Promise<boolean> {
  const { mediaType } = await slot.descriptor(options);
  return isLayer(mediaType);
}

/**
 * A slot with another tar, in the compression of the old one. A foreign layer becomes an ordinary layer, because its
 * URLs do not lead to the new content.
 */
export async function slotWithTar(
  slot: LayerSlot,
  uncompressed: UncompressedLayer['uncompressed'],
  family: Family,
  options: AbortOptions,
): Promise<LayerSlot> {
  const { mediaType } = await slot.descriptor(options);
  const compression = announcedCompression(mediaType) ?? 'gzip';
  const type = isDistributable(mediaType) ? mediaType : layerMediaType(compression, family);
  const layer = compressedOnce({ uncompressed, mediaType: async () => type }, { compression });
  return slotInPlace(slot, layer);
}

/**
 * A layer whose tar is made once. Later reads decompress the stored form, because making the tar again may cost much
 * more than decompressing.
 */
export function compressedOnce(core: UncompressedLayer, options: LayerCompressionOptions): Layer {
  const packed = uncompressedToLayer(core, options);
  if (options.compression === 'none') return packed;
  return Object.freeze<Layer>({
    ...packed,
    uncompressed: async (options) => decompressed(await packed.compressed(options), options),
  });
}

/** The media type of a layer with this compression, in an image of this family. */
export function layerTypeFor(compression: LayerCompressionOptions['compression'], family: Family): MediaType {
  return inFamily(layerMediaType(compression ?? 'gzip', family), family);
}

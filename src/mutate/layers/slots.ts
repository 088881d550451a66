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
import { descriptorAfter } from '../views/byte-annotations.js';
import { type Family, inFamily } from '../views/family.js';
import type { LayerSlot } from '../views/image-view.js';
import { layerWith } from './with.js';

/** The slot of a layer that says everything about itself. */
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

/** The slot of a layer made from that in another slot, whose descriptor it keeps as far as that is still true. */
export function slotInPlace(old: LayerSlot, layer: Layer): LayerSlot {
  return {
    layer,
    descriptor: async (o = {}) => {
      const now = await bareDescriptor(layer, o);
      const sameContent = async (options: AbortOptions): Promise<boolean> =>
        (await layer.diffId(options)) === (await old.diffId(options));
      return descriptorAfter(await old.descriptor(o), now, sameContent, o);
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
export function retyped(slot: LayerSlot, type: (mediaType: MediaType) => MediaType): LayerSlot {
  const descriptor = async (options?: AbortOptions): Promise<Descriptor> => {
    const old = await slot.descriptor(options);
    return { ...old, mediaType: type(old.mediaType) };
  };
  const layer = layerWith(slot.layer, {
    descriptor,
    mediaType: async (options) => (await descriptor(options)).mediaType,
  });
  return { ...slot, layer, descriptor };
}

/** Whether a slot holds part of a filesystem that can be read and written anew. */
export async function isFilesystem(slot: LayerSlot, options: AbortOptions): Promise<boolean> {
  const { mediaType } = await slot.descriptor(options);
  return isLayer(mediaType);
}

/**
 * A slot with another tar in it, compressed as the old one was. The new content is not what the URLs of a
 * foreign layer lead to, so it becomes an ordinary one.
 */
export async function rewritten(
  slot: LayerSlot,
  uncompressed: UncompressedLayer['uncompressed'],
  family: Family,
  options: AbortOptions,
): Promise<LayerSlot> {
  const { mediaType } = await slot.descriptor(options);
  const compression = announcedCompression(mediaType) ?? 'gzip';
  const type = isDistributable(mediaType) ? mediaType : layerMediaType(compression, family);
  const layer = packedOnce({ uncompressed, mediaType: async () => type }, { compression });
  return slotInPlace(slot, layer);
}

/**
 * A layer that is made once and then read from where its compressed form is kept, as making the tar
 * again may be much dearer than decompressing it.
 */
export function packedOnce(core: UncompressedLayer, options: LayerCompressionOptions): Layer {
  const packed = uncompressedToLayer(core, options);
  if (options.compression === 'none') return packed;
  return Object.freeze<Layer>({
    ...packed,
    uncompressed: async (options) => decompressed(await packed.compressed(options), options),
  });
}

/** The media type of a tar in a compression, in an image of a family. */
export function typeFor(compression: LayerCompressionOptions['compression'], family: Family): MediaType {
  return inFamily(layerMediaType(compression ?? 'gzip', family), family);
}

import type { AbortOptions } from '../internal/abort.js';
import { decompressed } from '../internal/compression.js';
import type { UncompressedLayer } from '../partial/cores.js';
import {
  announcedCompression,
  layerMediaType,
  type LayerCompressionOptions,
} from '../partial/layer-compression.js';
import { uncompressedToLayer } from '../partial/uncompressed-layer.js';
import type { Annotations, Descriptor } from '../v1/descriptor.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { isDistributable, isLayer } from '../v1/types.js';
import { type Family, inFamily } from './family.js';
import type { LayerSlot } from './image-view.js';
import { layerWith } from './layer-with.js';

/** The slot of a layer that says everything about itself. */
export function slotFor(layer: Layer, annotations?: Annotations): LayerSlot {
  return {
    layer,
    descriptor: async (o): Promise<Descriptor> => ({
      mediaType: await layer.mediaType(o),
      size: await layer.size(o),
      digest: await layer.digest(o),
      ...(annotations !== undefined && { annotations }),
    }),
    diffId: async (o) => layer.diffId(o),
  };
}

/** The same bytes under another media type. */
export function retyped(slot: LayerSlot, type: (mediaType: MediaType) => MediaType): LayerSlot {
  const descriptor = async (o?: AbortOptions): Promise<Descriptor> => {
    const old = await slot.descriptor(o);
    return { ...old, mediaType: type(old.mediaType) };
  };
  const layer = layerWith(slot.layer, {
    descriptor,
    mediaType: async (o) => (await descriptor(o)).mediaType,
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
  const { mediaType, annotations } = await slot.descriptor(options);
  const compression = announcedCompression(mediaType) ?? 'gzip';
  const type = isDistributable(mediaType) ? mediaType : layerMediaType(compression, family);
  const layer = packedOnce({ uncompressed, mediaType: async () => Promise.resolve(type) }, { compression });
  return slotFor(layer, annotations);
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
    uncompressed: async (o) => decompressed(await packed.compressed(o), o),
  });
}

/** The media type of a tar in a compression, in an image of a family. */
export function typeFor(compression: LayerCompressionOptions['compression'], family: Family): MediaType {
  return inFamily(layerMediaType(compression ?? 'gzip', family), family);
}

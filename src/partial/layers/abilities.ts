import type { CompressedLayer, LayerAbilities, UncompressedLayer } from './cores.js';
import type { Layer } from '../../v1/layer.js';

/** The optional methods that a layer's core has, bound to it. */
export function abilities(core: LayerAbilities): LayerAbilities {
  return {
    ...(core.descriptor && { descriptor: core.descriptor.bind(core) }),
    ...(core.exists && { exists: core.exists.bind(core) }),
    ...(core.compressedFrom && { compressedFrom: core.compressedFrom.bind(core) }),
    ...(core.uncompressedSize && { uncompressedSize: core.uncompressedSize.bind(core) }),
    ...(core.mountFrom && { mountFrom: core.mountFrom.bind(core) }),
  };
}

/** Whether a core has all methods of a layer. Such a core must not be compressed or decompressed a second time. */
export function isFullLayer(core: CompressedLayer | UncompressedLayer): core is Layer {
  const layer: Partial<Layer> = core;
  return (
    layer.digest !== undefined &&
    layer.diffId !== undefined &&
    layer.compressed !== undefined &&
    layer.uncompressed !== undefined &&
    layer.size !== undefined &&
    layer.mediaType !== undefined
  );
}

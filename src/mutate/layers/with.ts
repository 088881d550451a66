import { abilities } from '../../partial/layers/abilities.js';
import type { Layer } from '../../v1/layer.js';

/** A layer that is another one but for some of its methods. The other may be an instance of a class. */
export function layerWith(layer: Layer, changed: Partial<Layer>): Layer {
  return {
    ...abilities(layer),
    digest: async (o) => layer.digest(o),
    diffId: async (o) => layer.diffId(o),
    size: async (o) => layer.size(o),
    mediaType: async (o) => layer.mediaType(o),
    compressed: async (o) => layer.compressed(o),
    uncompressed: async (o) => layer.uncompressed(o),
    ...changed,
  };
}

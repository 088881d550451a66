import { abilities } from '../../partial/layers/abilities.js';
import type { Layer } from '../../v1/layer.js';

/**
 * A layer with some of its methods replaced. A spread is not enough, because the layer may be an instance of a class.
 */
export function overrideLayer(layer: Layer, changed: Partial<Layer>): Layer {
  return {
    ...abilities(layer),
    digest: async (options) => layer.digest(options),
    diffId: async (options) => layer.diffId(options),
    size: async (options) => layer.size(options),
    mediaType: async (options) => layer.mediaType(options),
    compressed: async (options) => layer.compressed(options),
    uncompressed: async (options) => layer.uncompressed(options),
    ...changed,
  };
}

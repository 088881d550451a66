import type { Image } from '../../../src/v1/image.js';
import type { Layer } from '../../../src/v1/layer.js';

/** An image with changed members of one layer; its manifest is unchanged. */
export async function withChangedLayer(
  image: Image,
  at: number,
  change: (layer: Layer) => Partial<Layer>,
): Promise<Image> {
  const layers = (await image.layers()).map((layer, index) =>
    index === at ? { ...layer, ...change(layer) } : layer,
  );
  return { ...image, layers: async () => layers };
}

import type { AbortOptions } from '../../internal/async/abort.js';
import { type Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';

/** A layer of an image, with the facts that are known before it is read. */
export interface SourceLayer {
  readonly layer: Layer;
  /** Position in the image, 0 for the lowest layer. */
  readonly index: number;
  /**
   * The digest under which the manifest lists the layer. A layer that is not stored compressed, as in an archive of
   * `docker save`, has its diff ID here: its digest would have to be computed by compressing it.
   */
  readonly digest: Hash;
  /** The descriptor in the manifest; undefined if the source has none. */
  readonly descriptor: Descriptor | undefined;
}

/** The layers of an image, the lowest first. No layer is read. */
export async function sourceLayers(image: Image, options: AbortOptions): Promise<readonly SourceLayer[]> {
  const layers = await image.layers(options);
  return Promise.all(
    layers.map(async (layer, index) => {
      const descriptor = await layer.descriptor?.(options);
      return { layer, index, descriptor, digest: descriptor?.digest ?? (await layer.diffId(options)) };
    }),
  );
}

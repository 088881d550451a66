import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../../src/internal/async/abort.js';
import type { Image } from '../../../src/v1/image.js';
import type { Layer } from '../../../src/v1/layer.js';

export interface RecordingImage {
  readonly image: Image;
  /** Every stream of its layers that was opened. */
  readonly opened: readonly Readable[];
  /** Number of times that each layer was opened, in the order of the layers. */
  readonly counts: readonly number[];
}

/** An image that records how its layers are read; `change` replaces members of a layer. */
export async function recordingImage(
  image: Image,
  change: (layer: Layer, at: number) => Partial<Layer> = () => ({}),
): Promise<RecordingImage> {
  const opened: Readable[] = [];
  const counts: number[] = [];
  const record = async (at: number, opening: Promise<Readable>): Promise<Readable> => {
    counts[at] = (counts[at] ?? 0) + 1;
    const stream = await opening;
    opened.push(stream);
    return stream;
  };
  const layers = (await image.layers()).map((layer, at): Layer => {
    counts.push(0);
    const changed: Layer = { ...layer, ...change(layer, at) };
    return {
      ...changed,
      // A consumer could read the layer with this method without being recorded.
      compressedFrom: undefined as never,
      compressed: async (options?: AbortOptions) => record(at, changed.compressed(options)),
      uncompressed: async (options?: AbortOptions) => record(at, changed.uncompressed(options)),
    };
  });
  return { image: { ...image, layers: async () => Promise.resolve(layers) }, opened, counts };
}

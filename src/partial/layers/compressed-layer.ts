import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed } from '../../internal/compress/compression.js';
import { lazy } from '../../internal/async/lazy.js';
import { type Hash, sha256 } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import { abilities, isFullLayer } from './abilities.js';
import type { CompressedLayer, LayerAbilities } from './cores.js';
import type { DecompressionLimits } from './decompression-limits.js';
import { guardStream, openStream } from './open-stream.js';

/**
 * Makes a layer of a source of stored bytes. `uncompressed` detects the compression from the bytes, not from the media
 * type. A diff ID that the core does not know is computed by reading the layer once.
 *
 * @throws LimitExceededError through the stream of `uncompressed`, if it grows beyond its limits.
 */
export function compressedToLayer(core: CompressedLayer, limits: DecompressionLimits = {}): Layer {
  return isFullLayer(core) ? core : widenCompressed(core, limits);
}

/** Facts about a layer that its image knows. */
export interface LayerHints extends Pick<LayerAbilities, 'descriptor'>, DecompressionLimits {
  /** The result is undefined if the image does not know the diff ID. */
  readonly diffId?: ((options?: AbortOptions) => Promise<Hash | undefined>) | undefined;
}

/**
 * As {@link compressedToLayer}. Facts that the core does not know come from the image, and only then from the bytes.
 */
export function widenCompressed(core: CompressedLayer, hints: LayerHints): Layer {
  const { maxRatio, maxBytes } = hints;
  const compressed = async (options?: AbortOptions): Promise<Readable> =>
    openStream(core.compressed.bind(core), options);
  const uncompressed = async (options?: AbortOptions): Promise<Readable> =>
    core.uncompressed === undefined
      ? guardStream(
          await decompressed(await compressed(options), { ...options, maxRatio, maxBytes }),
          options,
        )
      : openStream(core.uncompressed.bind(core), options);
  const readDiffId = lazy(async (options) => (await sha256(await uncompressed(options))).hash);

  return Object.freeze<Layer>({
    ...(hints.descriptor && { descriptor: hints.descriptor }),
    ...abilities(core),
    digest: async (options) => core.digest(options),
    size: async (options) => core.size(options),
    mediaType: async (options) => core.mediaType(options),
    compressed,
    uncompressed,
    diffId: async (options) =>
      (await (core.diffId?.(options) ?? hints.diffId?.(options))) ?? (await readDiffId(options)),
  });
}

import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed } from '../../internal/compress/compression.js';
import { lazy } from '../../internal/async/lazy.js';
import { type Hash, sha256 } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import { abilities, isWhole } from './abilities.js';
import type { CompressedLayer, LayerAbilities } from './cores.js';
import type { DecompressionLimits } from './decompression-limits.js';
import { handOut, openStream } from './open-stream.js';

/**
 * Widens a source of stored bytes to a layer. `uncompressed` looks at the bytes themselves, not at
 * the media type, to find out how they are compressed. A diff ID that the core does not know is found
 * by reading the layer once.
 *
 * @throws LimitExceededError through a stream that grows beyond its limits.
 */
export function compressedToLayer(core: CompressedLayer, limits: DecompressionLimits = {}): Layer {
  return isWhole(core) ? core : widenCompressed(core, limits);
}

/** What the image around a layer knows of it. */
export interface KnownOfLayer extends Pick<LayerAbilities, 'descriptor'>, DecompressionLimits {
  /** Gives undefined if the image does not know either. */
  readonly diffId?: ((options?: AbortOptions) => Promise<Hash | undefined>) | undefined;
}

/** As {@link compressedToLayer}; what the core does not know is asked from the image before the bytes. */
export function widenCompressed(core: CompressedLayer, known: KnownOfLayer): Layer {
  const { maxRatio, maxBytes } = known;
  const compressed = async (options?: AbortOptions): Promise<Readable> =>
    openStream(core.compressed.bind(core), options);
  const uncompressed = async (options?: AbortOptions): Promise<Readable> =>
    core.uncompressed === undefined
      ? handOut(await decompressed(await compressed(options), { ...options, maxRatio, maxBytes }), options)
      : openStream(core.uncompressed.bind(core), options);
  const readDiffId = lazy(async (options) => (await sha256(await uncompressed(options))).hash);

  return Object.freeze<Layer>({
    ...(known.descriptor && { descriptor: known.descriptor }),
    ...abilities(core),
    digest: async (options) => core.digest(options),
    size: async (options) => core.size(options),
    mediaType: async (options) => core.mediaType(options),
    compressed,
    uncompressed,
    diffId: async (options) =>
      (await (core.diffId?.(options) ?? known.diffId?.(options))) ?? (await readDiffId(options)),
  });
}

import { abilities } from '../partial/layers/abilities.js';
import { compressedFrom } from '../partial/capabilities.js';
import type { CompressedLayer } from '../partial/layers/cores.js';
import type { DecompressionLimits } from '../partial/layers/decompression-limits.js';
import type { Layer } from '../v1/layer.js';
import type { Cache } from './cache.js';
import { cachedForm } from './cached-form.js';

/**
 * Reads a blob through the cache. The tar is decompressed from the same bytes, so that one entry, of the compressed size,
 * serves both. Use it for a blob that its source lists by digest.
 */
export function cachedBlob(
  cache: Cache,
  layer: Layer,
  limits: DecompressionLimits,
): CompressedLayer & Pick<Layer, 'uncompressed'> {
  const stored = cachedForm(cache, layer, 'compressed');
  return {
    ...abilities(layer),
    ...(layer.exists && {
      exists: async (options) =>
        (await stored.entry(options)) !== undefined || (await layer.exists?.(options)) === true,
    }),
    ...(layer.compressedFrom && {
      compressedFrom: async (offset, options) =>
        compressedFrom((await stored.entry(options)) ?? layer, offset, options),
    }),
    digest: async (options) => layer.digest(options),
    size: async (options) => layer.size(options),
    mediaType: async (options) => layer.mediaType(options),
    compressed: async (options) => stored.open(options),
    uncompressed: async (options) => stored.openTar(limits, options),
  };
}

/** Reads any layer through the cache. */
export function cachedLayer(cache: Cache, layer: Layer, limits: DecompressionLimits): Layer {
  const blob = cachedBlob(cache, layer, limits);
  // A layer without a descriptor may have to be compressed to get its digest, so its tar is stored by the diff ID.
  const plain = layer.descriptor === undefined ? cachedForm(cache, layer, 'uncompressed') : undefined;
  return Object.freeze<Layer>({
    ...blob,
    diffId: async (options) => layer.diffId(options),
    uncompressed: async (options) => (plain === undefined ? blob.uncompressed(options) : plain.open(options)),
  });
}

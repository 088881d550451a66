import { collect } from '../internal/streams/collect.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { compressedToImage, type CompressedImageOptions } from '../partial/compressed-image.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { CONFIG_MAX_BYTES } from '../v1/documents/decode-document.js';
import type { Cache } from './cache.js';
import { isDamage } from './cached-form.js';
import { cachedBlob, cachedLayer } from './cached-layer.js';

/**
 * Reads the layers of an image through a cache. A layer that is not in the cache is stored when it is read to its end. The
 * config of an image in a registry is cached, too, so that only the manifest is fetched.
 *
 * The cache is looked up only when a layer is read. A damaged entry with a wrong size is not used. If damage is found while
 * an entry is read, the stream fails and the entry is removed, so that the next read gets the layer from its source.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/cache/cache.go
 */
export function image(base: Image, cache: Cache, options: CompressedImageOptions = {}): Image {
  const limits = { ...options };
  return base.configLayer === undefined
    ? withCachedLayers(base, cache, limits)
    : fromCachedBlobs(base, base.configLayer.bind(base), cache, limits);
}

/** An image in a registry consists of blobs; each of them is read through the cache. */
function fromCachedBlobs(
  base: Image,
  configLayer: (options?: AbortOptions) => Promise<Layer>,
  cache: Cache,
  options: CompressedImageOptions,
): Image {
  return compressedToImage(
    {
      ...(base.descriptor && { descriptor: base.descriptor.bind(base) }),
      mediaType: async (options) => base.mediaType(options),
      digest: async (options) => base.digest(options),
      rawManifest: async (options) => base.rawManifest(options),
      rawConfigFile: async (callOptions) =>
        readConfig(cachedLayer(cache, await configLayer(callOptions), options), options, callOptions),
      configLayer: async (callOptions) => cachedLayer(cache, await configLayer(callOptions), options),
      layerByDigest: async (digest, _descriptor, callOptions) =>
        cachedBlob(cache, await base.layerByDigest(digest, callOptions), options),
    },
    options,
  );
}

async function readConfig(
  config: Layer,
  { maxConfigBytes = CONFIG_MAX_BYTES }: CompressedImageOptions,
  options: AbortOptions = {},
): Promise<Uint8Array> {
  const read = async (): Promise<Uint8Array> =>
    collect(await config.compressed(options), {
      ...options,
      maxBytes: maxConfigBytes,
      option: 'maxConfigBytes',
      subject: 'config',
    });
  try {
    return await read();
  } catch (error) {
    if (!isDamage(error, await config.digest(options))) throw error;
    // No byte was handed to the caller yet, and the entry is removed, so the second attempt reads the source.
    return read();
  }
}

/** Any other image: only its layers are read through the cache. */
function withCachedLayers(base: Image, cache: Cache, options: CompressedImageOptions): Image {
  const known = new WeakMap<Layer, Layer>();
  const cached = (layer: Layer): Layer => {
    const found = known.get(layer) ?? cachedLayer(cache, layer, options);
    known.set(layer, found);
    return found;
  };
  return Object.freeze<Image>({
    ...(base.descriptor && { descriptor: base.descriptor.bind(base) }),
    mediaType: async (options) => base.mediaType(options),
    digest: async (options) => base.digest(options),
    size: async (options) => base.size(options),
    rawManifest: async (options) => base.rawManifest(options),
    manifest: async (options) => base.manifest(options),
    rawConfigFile: async (options) => base.rawConfigFile(options),
    configFile: async (options) => base.configFile(options),
    configName: async (options) => base.configName(options),
    layers: async (options) => (await base.layers(options)).map(cached),
    layerByDigest: async (digest, options) => cached(await base.layerByDigest(digest, options)),
    layerByDiffId: async (diffId, options) => cached(await base.layerByDiffId(diffId, options)),
  });
}

import { collect } from '../internal/streams/collect.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { compressedToImage, type CompressedImageOptions } from '../partial/compressed-image.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { CONFIG_MAX_BYTES } from '../v1/documents/parse-options.js';
import type { Cache } from './cache.js';
import { isDamage } from './cached-form.js';
import { cachedBlob, cachedLayer } from './cached-layer.js';

/**
 * An image whose layers come from a cache, and fill it when they are read to their end. Of an image in a
 * registry the config does too, so that only its manifest is fetched.
 *
 * Nothing is looked up before it is read. A damaged entry of another size is not used at all; one that turns out to be
 * damaged while it is read ends the stream with an error, and is dropped: whoever reads again reads the source.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/cache/cache.go
 */
export function image(base: Image, cache: Cache, options: CompressedImageOptions = {}): Image {
  const limits = { ...options };
  return base.configLayer === undefined
    ? withCachedLayers(base, cache, limits)
    : fromCachedBlobs(base, base.configLayer.bind(base), cache, limits);
}

/** An image that is made of blobs, as in a registry: every one of them is read through the cache. */
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
    // Nobody has seen a byte of it: the source can take over.
    return read();
  }
}

/** Any other image: it keeps its ways, and its layers are read through the cache. */
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

import { LimitExceededError } from '../errors/limit-exceeded.js';
import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import { noSuchLayer } from './layers/no-such-layer.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { lazy } from '../internal/async/lazy.js';
import type { ConfigFile } from '../v1/config-file.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { Manifest } from '../v1/manifest.js';
import { isConfig, isLayer } from '../v1/types.js';
import { configLayer } from './capabilities.js';
import { widenCompressed } from './layers/compressed-layer.js';
import * as configs from './config-values.js';
import type { CompressedImageCore } from './layers/cores.js';
import type { DecompressionLimits } from './layers/decompression-limits.js';
import { checkBytes } from '../internal/streams/verify.js';
import { embeddedData, embeddedLayer } from './embedded-data.js';
import { diffIdToBlob } from './layer-mapping.js';
import * as manifests from './manifest-values.js';
import { CONFIG_MAX_BYTES } from '../v1/documents/decode-document.js';

/** Options of {@link compressedToImage}. */
export interface CompressedImageOptions extends DecompressionLimits {
  /** Cap on the config's size in bytes. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
}

/**
 * Makes an image of a source that has a manifest.
 *
 * The manifest and the config are read once. The config is checked against its descriptor. Content that a descriptor
 * embeds in `data` is checked and used instead of reading it from the source. A layer's diff ID comes from the config,
 * without reading the layer; only the layers of an artifact, whose config has no diff IDs, are read to compute it.
 */
export function compressedToImage(core: CompressedImageCore, options: CompressedImageOptions = {}): Image {
  const { maxConfigBytes = CONFIG_MAX_BYTES, maxRatio, maxBytes } = options;
  const rawManifest = lazy(async (options) => core.rawManifest(options));
  const manifest = async (options?: AbortOptions): Promise<Manifest> =>
    manifests.manifest({ rawManifest }, options);

  const rawConfigFile = lazy(async (options) => {
    const { config } = await manifest(options);
    const embedded = embeddedData(config);
    if (embedded !== undefined) return embedded;
    if (config.size > maxConfigBytes) {
      throw new LimitExceededError(`size of config ${config.digest}`, maxConfigBytes, 'maxConfigBytes');
    }
    const bytes = await core.rawConfigFile(options);
    checkBytes(`config ${config.digest}`, bytes, config);
    return bytes;
  });
  const configFile = async (options?: AbortOptions): Promise<ConfigFile> =>
    configs.configFile({ rawConfigFile }, options);

  /** The diff ID that the config lists for a layer; undefined for a blob that is not part of a filesystem. */
  const diffIdAt = async (at: number, options?: AbortOptions): Promise<Hash | undefined> => {
    const { config, layers: blobs } = await manifest(options);
    if (!isConfig(config.mediaType)) return undefined;
    const ids = (await configFile(options)).rootfs.diff_ids;
    if (ids.length === blobs.length) return ids[at];
    if (!isLayer(blobs[at]?.mediaType ?? '')) return undefined;
    throw new ManifestInvalidError(
      `image: the manifest lists ${blobs.length} layers, but the config has ${ids.length} diff IDs`,
    );
  };
  const layerAt = async (descriptor: Descriptor, at: number, o: AbortOptions): Promise<Layer> =>
    widenCompressed(
      embeddedLayer(descriptor) ?? (await core.layerByDigest(descriptor.digest, descriptor, o)),
      {
        descriptor: async () => descriptor,
        diffId: async (options) => diffIdAt(at, options),
        maxRatio,
        maxBytes,
      },
    );
  // A blob that the manifest lists several times is one Layer object, so that it is read once.
  const layersByDigest = lazy(async (options) => {
    const found = new Map<Hash, Layer>();
    for (const [at, descriptor] of (await manifest(options)).layers.entries()) {
      if (!found.has(descriptor.digest)) found.set(descriptor.digest, await layerAt(descriptor, at, options));
    }
    return found;
  });
  const layerByDigest = async (digest: Hash, options?: AbortOptions): Promise<Layer> => {
    const found = (await layersByDigest(options)).get(digest);
    if (found !== undefined) return found;
    if ((await manifest(options)).config.digest === digest) return configLayer(image, options);
    throw noSuchLayer(`layer ${digest}`);
  };

  const image: Image = Object.freeze<Image>({
    ...(core.descriptor && { descriptor: core.descriptor.bind(core) }),
    ...(core.configLayer && { configLayer: core.configLayer.bind(core) }),
    mediaType: async (options) => core.mediaType(options),
    digest: async (options) => core.digest?.(options) ?? manifests.digest({ rawManifest }, options),
    size: async (options) => manifests.size({ rawManifest }, options),
    rawManifest,
    manifest,
    rawConfigFile,
    configFile,
    configName: async (options) => (await manifest(options)).config.digest,
    layers: async (options) => {
      const { layers } = await manifest(options);
      const byDigest = await layersByDigest(options);
      return layers.flatMap(({ digest }) => byDigest.get(digest) ?? []);
    },
    layerByDigest,
    layerByDiffId: async (diffId, options) =>
      layerByDigest(await diffIdToBlob(image, diffId, options), options),
  });
  return image;
}

import { LimitExceededError } from '../errors/limit-exceeded.js';
import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import { NotFoundError } from '../errors/service/not-found.js';
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
import { checkBytes, embeddedData, embeddedLayer } from './embedded-data.js';
import { diffIdToBlob } from './layer-mapping.js';
import * as manifests from './manifest-values.js';

export interface CompressedImageOptions extends DecompressionLimits {
  /** Cap on the config's size. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
}

/**
 * Widens a source that has a manifest to an image.
 *
 * The manifest and the config are read once. The config is checked against its descriptor; content
 * that a descriptor embeds is checked and used instead of asking the source. A layer's diff ID comes
 * from the config, without reading the layer, unless the image is an artifact of another kind.
 */
export function compressedToImage(core: CompressedImageCore, options: CompressedImageOptions = {}): Image {
  const { maxConfigBytes = 16 * 1024 * 1024, maxRatio, maxBytes } = options;
  const rawManifest = lazy(async (o) => core.rawManifest(o));
  const manifest = async (o?: AbortOptions): Promise<Manifest> => manifests.manifest({ rawManifest }, o);

  const rawConfigFile = lazy(async (o) => {
    const { config } = await manifest(o);
    const embedded = embeddedData(config);
    if (embedded !== undefined) return embedded;
    if (config.size > maxConfigBytes) {
      throw new LimitExceededError(`size of config ${config.digest}`, maxConfigBytes, 'maxConfigBytes');
    }
    const bytes = await core.rawConfigFile(o);
    checkBytes(`config ${config.digest}`, bytes, config);
    return bytes;
  });
  const configFile = async (o?: AbortOptions): Promise<ConfigFile> =>
    configs.configFile({ rawConfigFile }, o);

  /** The diff ID that the config has for a layer; undefined for a blob that is no part of a filesystem. */
  const diffIdAt = async (at: number, o?: AbortOptions): Promise<Hash | undefined> => {
    const { config, layers: blobs } = await manifest(o);
    if (!isConfig(config.mediaType)) return undefined;
    const ids = (await configFile(o)).rootfs.diff_ids;
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
        descriptor: async () => Promise.resolve(descriptor),
        diffId: async (asked) => diffIdAt(at, asked),
        maxRatio,
        maxBytes,
      },
    );
  // Blobs that are listed more than once are one layer.
  const layersByDigest = lazy(async (o) => {
    const found = new Map<Hash, Layer>();
    for (const [at, descriptor] of (await manifest(o)).layers.entries()) {
      if (!found.has(descriptor.digest)) found.set(descriptor.digest, await layerAt(descriptor, at, o));
    }
    return found;
  });
  const layerByDigest = async (digest: Hash, o?: AbortOptions): Promise<Layer> => {
    const found = (await layersByDigest(o)).get(digest);
    if (found !== undefined) return found;
    if ((await manifest(o)).config.digest === digest) return configLayer(image, o);
    throw new NotFoundError(`layer ${digest}: the image has no such layer`);
  };

  const image: Image = Object.freeze<Image>({
    ...(core.descriptor && { descriptor: core.descriptor.bind(core) }),
    ...(core.configLayer && { configLayer: core.configLayer.bind(core) }),
    mediaType: async (o) => core.mediaType(o),
    digest: async (o) => core.digest?.(o) ?? manifests.digest({ rawManifest }, o),
    size: async (o) => manifests.size({ rawManifest }, o),
    rawManifest,
    manifest,
    rawConfigFile,
    configFile,
    configName: async (o) => (await manifest(o)).config.digest,
    layers: async (o) => {
      const { layers } = await manifest(o);
      const byDigest = await layersByDigest(o);
      return layers.flatMap(({ digest }) => byDigest.get(digest) ?? []);
    },
    layerByDigest,
    layerByDiffId: async (diffId, o) => layerByDigest(await diffIdToBlob(image, diffId, o), o),
  });
  return image;
}

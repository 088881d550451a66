import { noSuchLayer } from './layers/no-such-layer.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { lazy } from '../internal/async/lazy.js';
import { mapLimit } from '../internal/async/limit.js';
import type { ConfigFile } from '../v1/config-file.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { Manifest } from '../v1/manifest.js';
import { marshalManifest } from '../v1/documents/marshal.js';
import { dockerConfigJson, ociConfigJson, ociManifestSchema1 } from '../v1/types.js';
import { configLayer, descriptor } from './capabilities.js';
import * as configs from './config-values.js';
import type { UncompressedImageCore } from './layers/cores.js';
import { blobToDiffId } from './layer-mapping.js';
import * as manifests from './manifest-values.js';
import { layerMediaType, type LayerCompressionOptions } from './layers/layer-compression.js';
import { widenUncompressed } from './layers/uncompressed-layer.js';

/** Options of {@link uncompressedToImage}. */
export interface UncompressedImageOptions extends LayerCompressionOptions {
  /** How many layers are compressed at the same time, when the manifest is made. @default 2 */
  readonly jobs?: number | undefined;
}

/**
 * Makes an image of a source that has a config and plain tars. The manifest is made, with the core's media type.
 *
 * The manifest, and so the digest, is known only when every layer has been compressed. Each layer is compressed once
 * and checked against its diff ID at the same time.
 */
export function uncompressedToImage(
  core: UncompressedImageCore,
  options: UncompressedImageOptions = {},
): Image {
  const { jobs = 2, compression = 'gzip', compressionLevel } = options;
  const rawConfigFile = lazy(async (options) => core.rawConfigFile(options));
  const configFile = async (options?: AbortOptions): Promise<ConfigFile> =>
    configs.configFile({ rawConfigFile }, options);

  const layersByDiffId = lazy(async (options) => {
    const family = (await core.mediaType(options)) === ociManifestSchema1 ? 'oci' : 'docker';
    const mediaType = layerMediaType(compression, family);
    const found = new Map<Hash, Layer>();
    for (const diffId of new Set((await configFile(options)).rootfs.diff_ids)) {
      const layer = await core.layerByDiffId(diffId, options);
      found.set(diffId, widenUncompressed(layer, { diffId, mediaType, compression, compressionLevel }));
    }
    return found;
  });
  const layers = async (options?: AbortOptions): Promise<readonly Layer[]> => {
    const byDiffId = await layersByDiffId(options);
    return (await configFile(options)).rootfs.diff_ids.flatMap((diffId) => byDiffId.get(diffId) ?? []);
  };
  const layerByDiffId = async (diffId: Hash, options?: AbortOptions): Promise<Layer> => {
    const found = (await layersByDiffId(options)).get(diffId);
    if (found === undefined) throw noSuchLayer(`diff ID ${diffId}`);
    return found;
  };

  const rawManifest = lazy(async (options) => {
    const mediaType = await core.mediaType(options);
    const bytes = await rawConfigFile(options);
    const config = {
      mediaType: mediaType === ociManifestSchema1 ? ociConfigJson : dockerConfigJson,
      size: bytes.byteLength,
      digest: await configs.configName({ rawConfigFile }, options),
    };
    const listed = await mapLimit(
      await layers(options),
      jobs,
      async (layer, { signal }) => descriptor(layer, { signal }),
      options,
    );
    return marshalManifest({ schemaVersion: 2, mediaType, config, layers: listed });
  });
  const manifest = async (options?: AbortOptions): Promise<Manifest> =>
    manifests.manifest({ rawManifest }, options);

  const image: Image = Object.freeze<Image>({
    ...(core.descriptor && { descriptor: core.descriptor.bind(core) }),
    mediaType: async (options) => core.mediaType(options),
    digest: async (options) => manifests.digest({ rawManifest }, options),
    size: async (options) => manifests.size({ rawManifest }, options),
    rawManifest,
    manifest,
    rawConfigFile,
    configFile,
    configName: async (options) => configs.configName({ rawConfigFile }, options),
    layers,
    layerByDiffId,
    layerByDigest: async (digest, options) =>
      (await manifest(options)).config.digest === digest
        ? configLayer(image, options)
        : layerByDiffId(await blobToDiffId(image, digest, options), options),
  });
  return image;
}

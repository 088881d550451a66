import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { noSuchLayer } from '../../partial/layers/no-such-layer.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import { mapLimit } from '../../internal/async/limit.js';
import { descriptor } from '../../partial/capabilities.js';
import { compressedToImage } from '../../partial/compressed-image.js';
import type { LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import { uncompressedToImage } from '../../partial/uncompressed-image.js';
import type { Hash } from '../../v1/hash.js';
import { sha256Bytes } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { marshalManifest } from '../../v1/documents/marshal.js';
import { decodeConfigFile } from '../../v1/documents/decode-config-file.js';
import {
  dockerConfigJson,
  dockerManifestSchema2,
  isDistributable,
  ociConfigJson,
  ociManifestSchema1,
} from '../../v1/types.js';
import type { ArchiveCaps } from '../documents/caps.js';
import { readConfig } from './config.js';
import type { ArchiveEntries } from './entries.js';
import { type ArchivedLayer, archivedLayer, entryCompression } from './layer.js';
import type { ArchiveDescriptor } from '../documents/archive-manifest.js';

export interface DockerImageOptions extends LayerCompressionOptions {
  readonly caps: ArchiveCaps;
  readonly onWarning?: ((text: string) => void) | undefined;
}

/**
 * Makes the image that `manifest.json` describes by a config and the files of the layers, with a new manifest.
 *
 * The manifest is Docker's, as in go-containerregistry, unless a layer is compressed with zstd: only OCI defines a media type
 * for that.
 */
export async function dockerImage(
  described: ArchiveDescriptor,
  entries: ArchiveEntries,
  imageOptions: DockerImageOptions,
  options: AbortOptions,
): Promise<Image> {
  const config = await readConfig(described.Config, entries, imageOptions, options);
  return configuredImage(described, config, entries, imageOptions, options);
}

/** Does the same as {@link dockerImage}, with a config that need not be in the archive. */
export async function configuredImage(
  described: Pick<ArchiveDescriptor, 'Layers' | 'LayerSources'>,
  config: Uint8Array,
  entries: ArchiveEntries,
  { caps, ...compressionOptions }: DockerImageOptions,
  options: AbortOptions,
): Promise<Image> {
  const layers = await layersOf(described, config, caps, entries, options);
  const isZstd =
    layers.some(({ compression }) => compression === 'zstd') || compressionOptions.compression === 'zstd';
  const family = isZstd ? 'oci' : 'docker';
  const makeLayer = (layer: ArchivedLayer): Layer =>
    archivedLayer(layer, entries, { ...compressionOptions, family });
  const rawConfigFile = async (): Promise<Uint8Array> => config;
  const manifestMediaType = isZstd ? ociManifestSchema1 : dockerManifestSchema2;
  const mediaType = async (): Promise<string> => manifestMediaType;

  const isPlain = layers.every(
    ({ compression, source }) => compression === 'none' && isDistributable(source?.mediaType ?? ''),
  );
  if (isPlain) {
    const byDiffId = new Map(layers.map((layer) => [layer.diffId, layer]));
    return uncompressedToImage(
      {
        mediaType,
        rawConfigFile,
        layerByDiffId: async (diffId) => {
          const layer = byDiffId.get(diffId);
          if (layer === undefined) throw noSuchLayer(`diff ID ${diffId}`);
          return makeLayer(layer);
        },
      },
      compressionOptions,
    );
  }

  const layerViews = layers.map(makeLayer);
  const configDigest = sha256Bytes(config);
  const layerDescriptors = lazy(async (options) =>
    mapLimit(layerViews, 2, async (layer, { signal }) => descriptor(layer, { signal }), options),
  );
  return compressedToImage(
    {
      mediaType,
      rawConfigFile,
      rawManifest: async (options) =>
        marshalManifest({
          schemaVersion: 2,
          mediaType: manifestMediaType,
          config: {
            mediaType: isZstd ? ociConfigJson : dockerConfigJson,
            size: config.byteLength,
            digest: configDigest,
          },
          layers: await layerDescriptors(options),
        }),
      layerByDigest: async (digest: Hash, _descriptor, options) => {
        const found =
          layerViews[(await layerDescriptors(options)).findIndex((layer) => layer.digest === digest)];
        if (found === undefined) throw noSuchLayer(`layer ${digest}`);
        return found;
      },
    },
    { maxConfigBytes: caps.config.maxBytes },
  );
}

async function layersOf(
  { Layers: names, LayerSources: sources = {} }: Pick<ArchiveDescriptor, 'Layers' | 'LayerSources'>,
  config: Uint8Array,
  caps: ArchiveCaps,
  entries: ArchiveEntries,
  options: AbortOptions,
): Promise<readonly ArchivedLayer[]> {
  const { diff_ids: diffIds } = decodeConfigFile(config, {
    maxBytes: caps.config.maxBytes,
    optionNames: { maxBytes: caps.config.option },
  }).rootfs;
  if (diffIds.length !== names.length) {
    throw new ManifestInvalidError(
      `manifest.json lists ${names.length} layers, but the config has ${diffIds.length} diff IDs`,
      { hint: 'the archive may contain something other than a runnable image, such as a build cache' },
    );
  }
  const layers: ArchivedLayer[] = [];
  for (const [at, diffId] of diffIds.entries()) {
    const name = names[at] ?? '';
    const entry = entries.find(name);
    const source = Object.hasOwn(sources, diffId) ? sources[diffId] : undefined;
    if (entry === undefined && (source === undefined || isDistributable(source.mediaType))) {
      throw new ArchiveInvalidError(`archive: the layer ${JSON.stringify(name)} is missing`);
    }
    const compression = entry === undefined ? 'none' : await entryCompression(entry, entries, options);
    layers.push({ name, entry, diffId, source, compression });
  }
  return layers;
}

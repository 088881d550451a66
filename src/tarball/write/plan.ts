import type { Readable } from 'node:stream';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { encodeHeader } from '../../internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../internal/tar/format/header.js';
import { exists } from '../../partial/capabilities.js';
import { blobToDiffId } from '../../partial/layer-mapping.js';
import { blobDescriptor } from '../../partial/manifest-values.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import { dockerConfigJson, isConfig, isDistributable } from '../../v1/types.js';
import type { ArchiveDescriptor, ArchiveManifest } from '../documents/archive-manifest.js';
import { layerFileName } from '../documents/layer-file-name.js';
import { marshalArchiveManifest } from '../documents/marshal-manifest.js';
import { type ImagesByReference, taggedImages } from '../documents/repo-tags.js';
import type { StreamSpools } from './stream-spools.js';

/** The content of a file that is named by a digest. */
export interface PlannedBlob {
  readonly digest: Hash;
  /** True for a manifest or an index. */
  readonly manifest?: boolean | undefined;
}

/** A file of an archive that is to be written. */
export interface PlannedFile {
  readonly name: string;
  /** Size of the content in bytes. */
  readonly size: number;
  /** Offset of the file's header in the archive. */
  readonly offset: number;
  /** The blob in the file; undefined if the file does not contain a blob. */
  readonly blob?: PlannedBlob | undefined;
  readonly content: Uint8Array | ((options: AbortOptions) => Promise<Readable>);
}

/** The files of an archive. No layer is opened to make it. */
export interface FilePlan {
  /** In the order of the archive, each blob once; the file that refers to all others is last. */
  readonly files: readonly PlannedFile[];
  /** Size of the archive in bytes. */
  readonly size: number;
}

export interface ArchivePlan extends FilePlan {
  readonly manifest: ArchiveManifest;
}

export interface PlanOptions extends AbortOptions {
  /** Keeps the content of layers that are one-shot streams; without it such a layer is an error. */
  readonly spools?: StreamSpools | undefined;
}

/** Plans an archive for `docker load`. */
export async function planArchive(
  references: ImagesByReference,
  { spools, ...options }: PlanOptions = {},
): Promise<ArchivePlan> {
  const files: PlannedFile[] = [];
  const names = new Map<Hash, string>();
  let offset = 0;
  const add = (file: Omit<PlannedFile, 'offset'>): void => {
    files.push({ ...file, offset });
    offset +=
      encodeHeader({ name: file.name, size: file.size }).byteLength + file.size + paddingOf(file.size);
  };

  const manifest: ArchiveDescriptor[] = [];
  for (const { image, tags } of taggedImages(references)) {
    const { config, layers, sources } = await imageParts(image, spools, options);
    for (const blob of [config, ...layers]) {
      if (names.has(blob.digest)) continue;
      names.set(blob.digest, blob.name);
      if (blob.omitted === true) continue;
      add({ name: blob.name, size: blob.size, content: blob.content, blob });
    }
    manifest.push({
      Config: config.name,
      RepoTags: tags,
      Layers: layers.map(({ digest, name }) => names.get(digest) ?? name),
      LayerSources: sources,
    });
  }
  const content = marshalArchiveManifest(manifest);
  add({ name: 'manifest.json', size: content.byteLength, content });
  return { files, manifest, size: offset + TRAILER.byteLength };
}

interface ArchiveBlob extends Omit<PlannedFile, 'offset' | 'blob'> {
  readonly digest: Hash;
  readonly mediaType: MediaType;
  /** True for a foreign layer whose content its source does not have; clients download it from its descriptor's URLs. */
  readonly omitted?: boolean | undefined;
}

interface ImageParts {
  readonly config: ArchiveBlob;
  readonly layers: readonly ArchiveBlob[];
  /** Descriptors of the layers that may not be distributed, by diff ID. */
  readonly sources: Readonly<Record<string, Descriptor>>;
}

async function imageParts(
  image: Image,
  spools: StreamSpools | undefined,
  options: AbortOptions,
): Promise<ImageParts> {
  const layers: ArchiveBlob[] = [];
  const sources: Record<string, Descriptor> = {};
  for (const layer of await image.layers(options)) {
    const blob = await layerBlob(layer, spools, options);
    if (isDistributable(blob.mediaType)) {
      layers.push(blob);
      continue;
    }
    layers.push({ ...blob, omitted: !(await exists(layer, options)) });
    sources[await blobToDiffId(image, blob.digest, options)] = await blobDescriptor(
      image,
      blob.digest,
      options,
    );
  }
  await checkDiffIds(image, options);
  const digest = await image.configName(options);
  const bytes = await image.rawConfigFile(options);
  const config: ArchiveBlob = {
    digest,
    // Unlike the name of a layer, this one has the algorithm, because it is the image's ID.
    name: digest,
    size: bytes.byteLength,
    mediaType: dockerConfigJson,
    content: bytes,
  };
  return { config, layers, sources };
}

/** Refuses an image whose config lacks diff IDs: tools that load the archive find the layers by their diff IDs. */
async function checkDiffIds(image: Image, options: AbortOptions): Promise<void> {
  const { config, layers } = await image.manifest(options);
  if (!isConfig(config.mediaType)) return;
  const { length } = (await image.configFile(options)).rootfs.diff_ids;
  if (length === layers.length) return;
  throw new ManifestInvalidError(
    `image: the manifest lists ${layers.length} layers, but the config has ${length} diff IDs`,
    { hint: 'docker refuses to load such an archive; write an OCI layout or an OCI archive instead' },
  );
}

async function layerBlob(
  layer: Layer,
  spools: StreamSpools | undefined,
  options: AbortOptions,
): Promise<ArchiveBlob> {
  const spooled = await spools?.spoolStreamed(layer, options);
  const digest = await layer.digest(options);
  const mediaType = await layer.mediaType(options);
  return {
    digest,
    mediaType,
    name: layerFileName(digest, mediaType),
    size: await layer.size(options),
    content: spooled?.open ?? (async (options) => layer.compressed(options)),
  };
}

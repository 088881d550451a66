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

/** What a file holds that has a digest. */
export interface PlannedBlob {
  readonly digest: Hash;
  /** Set for a manifest or index. */
  readonly manifest?: boolean | undefined;
}

/** A file of an archive before it is written. */
export interface PlannedFile {
  readonly name: string;
  readonly size: number;
  /** Where the file's header begins. */
  readonly offset: number;
  /** The blob in it; undefined for a file that is none. */
  readonly blob?: PlannedBlob | undefined;
  readonly content: Uint8Array | ((options: AbortOptions) => Promise<Readable>);
}

/** The files of an archive, found out without opening a layer. */
export interface FilePlan {
  /** In order, each blob once, what refers to all others last. */
  readonly files: readonly PlannedFile[];
  /** Bytes of the archive. */
  readonly size: number;
}

export interface ArchivePlan extends FilePlan {
  readonly manifest: ArchiveManifest;
}

export interface PlanOptions extends AbortOptions {
  /** Takes in layers that are one-shot streams; without it they are an error. */
  readonly spools?: StreamSpools | undefined;
}

/** Makes the plan. */
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
    const { config, layers, sources } = await partsOf(image, spools, options);
    for (const blob of [config, ...layers]) {
      if (names.has(blob.digest)) continue;
      names.set(blob.digest, blob.name);
      if (blob.elsewhere === true) continue;
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

interface Blob extends Omit<PlannedFile, 'offset' | 'blob'> {
  readonly digest: Hash;
  readonly mediaType: MediaType;
  /** Set for a layer that is downloaded from where its descriptor says, and is not here. */
  readonly elsewhere?: boolean | undefined;
}

interface Parts {
  readonly config: Blob;
  readonly layers: readonly Blob[];
  /** Descriptors of the layers that may not be distributed, by diff ID. */
  readonly sources: Readonly<Record<string, Descriptor>>;
}

async function partsOf(
  image: Image,
  spools: StreamSpools | undefined,
  options: AbortOptions,
): Promise<Parts> {
  const layers: Blob[] = [];
  const sources: Record<string, Descriptor> = {};
  for (const layer of await image.layers(options)) {
    const blob = await layerBlob(layer, spools, options);
    if (isDistributable(blob.mediaType)) {
      layers.push(blob);
      continue;
    }
    layers.push({ ...blob, elsewhere: !(await exists(layer, options)) });
    sources[await blobToDiffId(image, blob.digest, options)] = await blobDescriptor(
      image,
      blob.digest,
      options,
    );
  }
  await checkDiffIds(image, options);
  const digest = await image.configName(options);
  const bytes = await image.rawConfigFile(options);
  const config: Blob = {
    digest,
    // With the algorithm, unlike layers: the name is the image's ID.
    name: digest,
    size: bytes.byteLength,
    mediaType: dockerConfigJson,
    content: bytes,
  };
  return { config, layers, sources };
}

/** Whoever loads the archive finds the layers by their diff IDs. */
async function checkDiffIds(image: Image, options: AbortOptions): Promise<void> {
  const { config, layers } = await image.manifest(options);
  if (!isConfig(config.mediaType)) return;
  const { length } = (await image.configFile(options)).rootfs.diff_ids;
  if (length === layers.length) return;
  throw new ManifestInvalidError(
    `image: the manifest lists ${layers.length} layers, but the config has ${length} diff IDs`,
    { hint: 'docker refuses to load such an archive; an OCI layout or OCI archive holds any image' },
  );
}

async function layerBlob(
  layer: Layer,
  spools: StreamSpools | undefined,
  options: AbortOptions,
): Promise<Blob> {
  const spooled = await spools?.of(layer, options);
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

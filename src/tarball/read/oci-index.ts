import { ContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type BlobSource, imageFromBlobs, rootIndexFromBlobs } from '../../stored/blob-source.js';
import type { IndexEntry } from '../../stored/index-entries.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Manifest } from '../../v1/manifest.js';
import { isConfig, ociImageIndex } from '../../v1/types.js';
import { blobName } from './blobs.js';
import type { ArchiveCaps } from '../documents/caps.js';
import type { ArchiveEntries } from './entries.js';

/** The index in an archive's `index.json`; undefined if the archive has none. */
export async function archiveIndex(
  entries: ArchiveEntries,
  blobs: BlobSource,
  caps: ArchiveCaps,
  options: AbortOptions,
): Promise<ImageIndex | undefined> {
  const entry = entries.find('index.json');
  if (entry === undefined) return undefined;
  const bytes = await entries.read(entry, { ...options, ...caps.manifest });
  return rootIndexFromBlobs(
    {
      mediaType: async () => ociImageIndex,
      rawManifest: async () => bytes,
    },
    blobs,
  );
}

/** An image that `index.json` lists, with its original manifest. */
export interface OriginalImage {
  readonly image: Image;
  readonly manifest: Manifest;
  readonly entry: IndexEntry;
}

/** Images that `index.json` lists and the archive contains, by the digests of their configs. */
export type OriginalImages = ReadonlyMap<Hash, readonly OriginalImage[]>;

/** Reads each manifest once, and skips a damaged one. */
export async function originalImages(
  candidates: readonly IndexEntry[],
  blobs: BlobSource,
  options: AbortOptions,
): Promise<OriginalImages> {
  const found = new Map<Hash, OriginalImage[]>();
  for (const entry of candidates) {
    const { descriptor, isImage, isComplete } = entry;
    if (!isImage || !isComplete) continue;
    try {
      const image = imageFromBlobs(descriptor, blobs);
      const manifest = await image.manifest(options);
      const { config, layers } = manifest;
      if (!isConfig(config.mediaType) || !(await allExist([config, ...layers], blobs, options))) continue;
      const known = found.get(config.digest) ?? [];
      known.push({ image, manifest, entry });
      found.set(config.digest, known);
    } catch (error) {
      // Ignore an unusable manifest; its information is recovered from the files.
      if (!(error instanceof ContainerError)) throw error;
    }
  }
  return found;
}

/** Finds the image of `index.json` that has the config and the files of an image of `manifest.json`. */
export function originalImage(
  config: Hash,
  layerNames: readonly string[],
  originals: OriginalImages,
  entries: ArchiveEntries,
): OriginalImage | undefined {
  const isSameFile = ({ digest }: Descriptor, at: number): boolean =>
    entries.find(layerNames[at] ?? '')?.offset === entries.find(blobName(digest))?.offset;
  return originals
    .get(config)
    ?.find(({ manifest: { layers } }) => layers.length === layerNames.length && layers.every(isSameFile));
}

async function allExist(
  descriptors: readonly Descriptor[],
  blobs: BlobSource,
  options: AbortOptions,
): Promise<boolean> {
  for (const descriptor of descriptors) if (!(await blobs.exists(descriptor, options))) return false;
  return true;
}

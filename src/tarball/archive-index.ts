import { ContainerError } from '../errors/base.js';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import type { AbortOptions } from '../internal/abort.js';
import { type BlobSource, imageFromBlobs, rootIndexFromBlobs } from '../partial/blob-source.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Manifest } from '../v1/manifest.js';
import { isImage, isIndex, ociImageIndex } from '../v1/types.js';
import type { ArchiveCaps } from './archive-caps.js';
import type { ArchiveEntries } from './archive-entries.js';

/** An image that `index.json` leads to. */
export interface IndexedImage {
  readonly descriptor: Descriptor;
  /** What its annotations call it, or else those of the index that it is in. */
  readonly names: readonly string[];
}

/** The index in an archive's `index.json`; undefined if it has none. */
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
      mediaType: async () => Promise.resolve(ociImageIndex),
      rawManifest: async () => Promise.resolve(bytes),
    },
    blobs,
  );
}

export interface IndexedImagesOptions extends AbortOptions {
  readonly maxDepth?: number | undefined;
}

/** All images below an index, in its order; nested indexes that the archive lacks are passed over. */
export async function indexedImages(
  index: ImageIndex,
  blobs: BlobSource,
  options: IndexedImagesOptions,
): Promise<readonly IndexedImage[]> {
  const { maxDepth = 16 } = options;
  const found = new Map<Hash, IndexedImage>();
  const walk = async (within: ImageIndex, inherited: readonly string[], depth: number): Promise<void> => {
    if (depth > maxDepth) throw new LimitExceededError('nesting of indexes', maxDepth, 'maxDepth');
    for (const child of (await within.indexManifest(options)).manifests) {
      const own = namesOf(child);
      const names = own.length > 0 ? own : inherited;
      if (isImage(child.mediaType)) {
        // An image may be listed under several names.
        const { descriptor = child, names: known = [] } = found.get(child.digest) ?? {};
        found.set(child.digest, { descriptor, names: [...new Set([...known, ...names])] });
      } else if (isIndex(child.mediaType) && (await blobs.exists(child, options))) {
        await walk(await within.imageIndex(child.digest, options), names, depth + 1);
      }
    }
  };
  await walk(index, [], 1);
  return [...found.values()];
}

function namesOf({ annotations = {} }: Descriptor): readonly string[] {
  return ['io.containerd.image.name', 'org.opencontainers.image.ref.name'].flatMap((key) =>
    Object.hasOwn(annotations, key) ? [annotations[key] ?? ''] : [],
  );
}

/**
 * The image in `index.json` that is the one `manifest.json` describes: same config, same files,
 * all of them in the archive.
 *
 * @returns undefined if there is none, or if that part of the archive is damaged.
 */
export async function originalImage(
  config: Hash,
  layerNames: readonly string[],
  candidates: readonly IndexedImage[],
  blobs: BlobSource,
  options: AbortOptions,
): Promise<{ readonly image: Image; readonly manifest: Manifest } | undefined> {
  for (const { descriptor } of candidates) {
    if (!(await blobs.exists(descriptor, options))) continue;
    try {
      const image = imageFromBlobs(descriptor, blobs);
      const manifest = await image.manifest(options);
      const { layers } = manifest;
      const same = manifest.config.digest === config && layers.length === layerNames.length;
      if (same && (await allExist([manifest.config, ...layers], blobs, options))) return { image, manifest };
    } catch (error) {
      // A manifest that cannot be used is none; what it would have said is found out from the files.
      if (!(error instanceof ContainerError)) throw error;
    }
  }
  return undefined;
}

async function allExist(
  descriptors: readonly Descriptor[],
  blobs: BlobSource,
  options: AbortOptions,
): Promise<boolean> {
  for (const descriptor of descriptors) if (!(await blobs.exists(descriptor, options))) return false;
  return true;
}

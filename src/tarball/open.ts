import { ArchiveInvalidError } from '../errors/archive-invalid.js';
import { ContainerError } from '../errors/base.js';
import type { AbortOptions } from '../internal/abort.js';
import { lazy } from '../internal/lazy.js';
import { type BlobSource, imageFromBlobs } from '../partial/blob-source.js';
import type { Opener } from '../partial/layer-source.js';
import { sha256Bytes } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { dockerUncompressedLayer, ociUncompressedLayer } from '../v1/types.js';
import type { Archive, ArchiveImage, OpenOptions } from './archive.js';
import { archiveBlobs } from './archive-blobs.js';
import { type ArchiveCaps, archiveCaps } from './archive-caps.js';
import { readConfig } from './archive-config.js';
import { type ArchiveEntries, archiveEntries } from './archive-entries.js';
import {
  archiveIndex,
  indexedImages,
  type IndexedImage,
  type IndexedImagesOptions,
  originalImage,
} from './archive-index.js';
import { type ArchiveDescriptor, type ArchiveManifest, parseArchiveManifest } from './archive-manifest.js';
import { type ArchiveSource, sourceFromOpener, sourceFromPath } from './archive-source.js';
import { dockerImage } from './docker-image.js';
import { selectImage } from './select-image.js';

/**
 * Opens an archive and lists its images. The tar is walked once, without reading layers; after that every
 * read goes to its place. What cannot be read in place (a compressed archive, a pipe, an opener's
 * stream) is copied once, to memory or an unlinked temporary file.
 *
 * @param source - a path, or an opener, which is called once.
 */
export async function open(source: string | Opener, options: OpenOptions = {}): Promise<Archive> {
  const { maxRatio, maxBytes, signal } = options;
  const budget = { maxRatio, maxBytes, signal };
  if (typeof source !== 'string') return openSource(await sourceFromOpener(source, budget), options);
  try {
    return await openSource(await sourceFromPath(source, budget), options);
  } catch (error) {
    if (!(error instanceof ArchiveInvalidError)) throw error;
    throw new ArchiveInvalidError(`${source}: ${error.message}`, {
      cause: error,
      hint: error.hint ?? WANTED,
    });
  }
}

const WANTED = 'an image archive is what `docker save`, `podman save`, skopeo or `crane pull` write';

async function openSource(source: ArchiveSource, options: OpenOptions): Promise<Archive> {
  try {
    return await listArchive(source, options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function listArchive(source: ArchiveSource, options: OpenOptions): Promise<Archive> {
  const { maxEntries, maxDepth, signal } = options;
  const caps = archiveCaps(options);
  const entries = await archiveEntries(source, { maxEntries, signal });
  const blobs = archiveBlobs(entries, caps);
  const manifest = await readArchiveManifest(entries, caps, { signal });
  const index = await archiveIndex(entries, blobs, caps, { signal });

  let images: readonly ArchiveImage[];
  if (manifest !== undefined) {
    const indexed = lazy(async (asked) => beside(index, blobs, { ...asked, maxDepth }));
    const context = { entries, blobs, caps, indexed, options };
    images = manifest.map((described) => describedImage(described, context));
  } else if (index !== undefined) {
    images = (await indexedImages(index, blobs, { signal, maxDepth })).map((found) =>
      layoutImage(found, blobs),
    );
  } else {
    throw new ArchiveInvalidError(
      'archive: it has neither manifest.json nor index.json, so it holds no images',
    );
  }

  return Object.freeze<Archive>({
    images: Object.freeze(images),
    manifest,
    index,
    image: async (selection = {}, asked = {}) => (await selectImage(images, selection, asked)).open(asked),
    close: async () => source.close(),
  });
}

/** What `index.json` adds to `manifest.json`; as that says all that is needed, a damaged one adds nothing. */
async function beside(
  index: ImageIndex | undefined,
  blobs: BlobSource,
  options: IndexedImagesOptions,
): Promise<readonly IndexedImage[]> {
  try {
    return index === undefined ? [] : await indexedImages(index, blobs, options);
  } catch (error) {
    if (error instanceof ContainerError) return [];
    throw error;
  }
}

/** Undefined if the archive has none. */
async function readArchiveManifest(
  entries: ArchiveEntries,
  { manifest: cap }: ArchiveCaps,
  options: AbortOptions,
): Promise<ArchiveManifest | undefined> {
  const entry = entries.find('manifest.json');
  if (entry === undefined) return undefined;
  return parseArchiveManifest(await entries.read(entry, { ...options, ...cap }), cap.maxBytes);
}

interface Context {
  readonly entries: ArchiveEntries;
  readonly blobs: BlobSource;
  readonly caps: ArchiveCaps;
  readonly indexed: (options?: AbortOptions) => Promise<readonly IndexedImage[]>;
  readonly options: OpenOptions;
}

function describedImage(described: ArchiveDescriptor, context: Context): ArchiveImage {
  return Object.freeze<ArchiveImage>({
    tags: described.RepoTags ?? [],
    digest: undefined,
    platform: undefined,
    open: lazy(async (asked) => openDescribed(described, context, asked)),
  });
}

async function openDescribed(
  described: ArchiveDescriptor,
  context: Context,
  asked: AbortOptions,
): Promise<Image> {
  const { entries, blobs, caps, indexed, options } = context;
  const { originalManifest: wanted, compression, compressionLevel } = options;
  if (wanted !== false) {
    const config = sha256Bytes(await readConfig(described.Config, entries, caps, asked));
    const original = await originalImage(config, described.Layers, await indexed(asked), blobs, asked);
    const plain = original?.manifest.layers.every(({ mediaType }) => plainTypes.has(mediaType)) === true;
    if (original !== undefined && (wanted === true || !plain)) return original.image;
  }
  return dockerImage(described, entries, { caps, compression, compressionLevel }, asked);
}

const plainTypes: ReadonlySet<string> = new Set([ociUncompressedLayer, dockerUncompressedLayer]);

function layoutImage({ descriptor, names }: IndexedImage, blobs: BlobSource): ArchiveImage {
  return Object.freeze<ArchiveImage>({
    tags: Object.freeze(names),
    digest: descriptor.digest,
    platform: descriptor.platform,
    open: async () => Promise.resolve(imageFromBlobs(descriptor, blobs)),
  });
}

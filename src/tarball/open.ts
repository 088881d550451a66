import { ArchiveInvalidError } from '../errors/invalid/archive.js';
import { ContainerError } from '../errors/base.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { lazy } from '../internal/async/lazy.js';
import type { BlobSource } from '../stored/blob-source.js';
import { type IndexEntry, indexEntries } from '../stored/index-entries.js';
import type { Opener } from '../partial/layers/layer-source.js';
import { storedImage, storedImages } from '../stored/collection.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import { dockerUncompressedLayer, ociUncompressedLayer } from '../v1/types.js';
import type { Archive, ArchiveImage, OpenOptions } from './read/archive.js';
import { archiveBlobs } from './read/blobs.js';
import { type ArchiveCaps, archiveCaps } from './documents/caps.js';
import { configDigest } from './read/config.js';
import { type ArchiveEntries, archiveEntries } from './read/entries.js';
import {
  archiveIndex,
  type OriginalImage,
  originalImage,
  type OriginalImages,
  originalImages,
} from './read/oci-index.js';
import {
  type ArchiveDescriptor,
  type ArchiveManifest,
  parseArchiveManifest,
} from './documents/archive-manifest.js';
import { type ArchiveSource, sourceFromOpener, sourceFromPath } from './read/source.js';
import { dockerImage } from './read/docker-image.js';
import { firstFormatImages } from './read/legacy.js';

/**
 * Opens an archive and lists its images. The tar is walked once, without reading layers; after that every
 * read goes to its place. What cannot be read in place (a compressed archive, a pipe, an opener's
 * stream) is copied once, to memory or an unlinked temporary file.
 *
 * @param source - a path, or an opener, which is called once.
 */
export async function open(source: string | Opener, options: OpenOptions = {}): Promise<Archive> {
  const { maxRatio, maxBytes, maxEntries, signal } = options;
  const budget = { maxRatio, maxBytes, maxEntries, signal };
  if (typeof source !== 'string')
    return openSource(await sourceFromOpener(source, budget), 'archive', options);
  try {
    return await openSource(await sourceFromPath(source, budget), source, options);
  } catch (error) {
    if (error instanceof UnsupportedError) {
      const { message, hint } = error;
      throw new UnsupportedError(`${source}: ${message}`, {
        cause: error,
        hint: hint?.replace('FILE', source),
      });
    }
    if (!(error instanceof ArchiveInvalidError)) throw error;
    throw new ArchiveInvalidError(`${source}: ${error.message}`, {
      cause: error,
      hint: error.hint ?? WANTED,
    });
  }
}

const WANTED = 'an image archive is what `docker save`, `podman save`, skopeo or `crane pull` write';

async function openSource(source: ArchiveSource, subject: string, options: OpenOptions): Promise<Archive> {
  try {
    return await listArchive(source, subject, options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function listArchive(source: ArchiveSource, subject: string, options: OpenOptions): Promise<Archive> {
  const { maxEntries, maxDepth, maxRatio, maxBytes, signal } = options;
  const caps = archiveCaps(options);
  const entries = await archiveEntries(source, { maxEntries, maxRatio, maxBytes, signal });
  const blobs = archiveBlobs(entries, caps);
  const manifest = await readArchiveManifest(entries, caps, { signal });
  const index = await archiveIndex(entries, blobs, caps, { signal });

  const indexed = { blobs, signal, maxDepth };
  const listed = await (manifest === undefined ? listedBy(index, indexed) : beside(index, indexed));
  const candidates = manifest === undefined || options.originalManifest === false ? [] : listed;
  const onWarning = (text: string): void => options.onWarning?.({ subject, text });
  const originals = await originalImages(candidates, blobs, { signal });
  const described = manifest && describedImages(manifest, { entries, caps, originals, onWarning, options });
  const fromIndex = index && listed.filter(({ isImage }) => isImage).map(storedImage);
  const images = described?.images ?? fromIndex ?? (await firstFormatImages(entries, { caps, ...options }));
  if (images === undefined) {
    throw new ArchiveInvalidError(
      'archive: it has no manifest.json, index.json or repositories, so it holds no images',
    );
  }
  const passed = described?.replaced ?? new Set();
  return Object.freeze<Archive>({
    ...storedImages({
      subject,
      images: Object.freeze(images),
      entries: listed.filter(({ digest }) => !passed.has(digest)),
      index: passed.size > 0 || (described !== undefined && listed.length === 0) ? undefined : index,
      close: async () => source.close(),
    }),
    manifest,
    index,
  });
}

interface IndexedOptions extends AbortOptions {
  readonly blobs: BlobSource;
  readonly maxDepth: number | undefined;
}

async function listedBy(
  index: ImageIndex | undefined,
  { blobs, ...options }: IndexedOptions,
): Promise<readonly IndexEntry[]> {
  if (index === undefined) return [];
  return indexEntries(index, { ...options, exists: async (child, options) => blobs.exists(child, options) });
}

/** What `index.json` adds to `manifest.json`; as that says all that is needed, a damaged one adds nothing. */
async function beside(
  index: ImageIndex | undefined,
  options: IndexedOptions,
): Promise<readonly IndexEntry[]> {
  try {
    return await listedBy(index, options);
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
  readonly caps: ArchiveCaps;
  readonly originals: OriginalImages;
  readonly onWarning: (text: string) => void;
  readonly options: OpenOptions;
}

interface DescribedImages {
  readonly images: readonly ArchiveImage[];
  /** Images of `index.json` in whose place others are made. */
  readonly replaced: ReadonlySet<Hash>;
}

function describedImages(manifest: ArchiveManifest, context: Context): DescribedImages {
  const replaced = new Set<Hash>();
  const images: ArchiveImage[] = [];
  for (const described of manifest) {
    const original = originalOf(described, context);
    const kept = original !== undefined && isKept(original, described, context.options);
    if (original !== undefined && !kept) replaced.add(original.entry.digest);
    images.push(describedImage(described, kept ? original : undefined, context));
  }
  return { images, replaced };
}

function describedImage(
  described: ArchiveDescriptor,
  original: OriginalImage | undefined,
  { entries, caps, onWarning, options }: Context,
): ArchiveImage {
  const { compression, compressionLevel } = options;
  const tags = described.RepoTags ?? [];
  return Object.freeze<ArchiveImage>({
    tags: tags.length > 0 ? tags : (original?.entry.tags ?? []),
    digest: original?.entry.digest,
    platform: original?.entry.platform,
    open:
      original === undefined
        ? lazy(async (options) =>
            dockerImage(described, entries, { caps, compression, compressionLevel, onWarning }, options),
          )
        : async () => Promise.resolve(original.image),
  });
}

/** What `index.json` has for an image of `manifest.json`, whose config has to be called by its digest for that. */
function originalOf(
  { Config: config, Layers: layers }: ArchiveDescriptor,
  { entries, originals }: Context,
): OriginalImage | undefined {
  const digest = configDigest(config);
  try {
    return digest && originalImage(digest, layers, originals, entries);
  } catch (error) {
    // What is wrong with a layer is told by whoever opens the image.
    if (error instanceof ContainerError) return undefined;
    throw error;
  }
}

/** Docker, which alone names the sources of layers, makes a manifest of plain tars for images of its classic store. */
function isKept(
  { manifest }: OriginalImage,
  { LayerSources: sources }: ArchiveDescriptor,
  { originalManifest: wanted }: OpenOptions,
): boolean {
  const isPlain = manifest.layers.every(({ mediaType }) => plainTypes.has(mediaType));
  return wanted !== 'compressed' || !isPlain || sources === undefined;
}

const plainTypes: ReadonlySet<string> = new Set([ociUncompressedLayer, dockerUncompressedLayer]);

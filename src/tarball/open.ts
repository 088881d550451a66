import { ArchiveInvalidError } from '../errors/invalid/archive.js';
import { ContainerError } from '../errors/base.js';
import { UnsupportedError } from '../errors/unsupported.js';
import { assertOptions, wrongArgument } from '../internal/arguments.js';
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
import { legacyImages } from './read/legacy.js';

/**
 * Opens an archive and lists its images. The headers of the tar are read once, without the layers; afterwards every read
 * goes directly to its offset. An archive that cannot be read in place (a compressed archive, a pipe, an opener's stream) is
 * copied once, to memory or to an unlinked temporary file.
 *
 * @param source - a path, or an opener, which is called once.
 * @throws ArchiveInvalidError if the source is not an archive of images.
 * @throws UnsupportedError if the source has a format that this library recognises but does not read.
 * @throws LimitExceededError if the archive exceeds a cap of the options.
 */
export async function open(source: string | Opener, options: OpenOptions = {}): Promise<Archive> {
  assertOptions(options);
  if (typeof source !== 'string' && typeof source !== 'function')
    throw wrongArgument('source', source, 'a path, or a function that opens a stream');
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
      hint: error.hint ?? ARCHIVE_HINT,
    });
  }
}

const ARCHIVE_HINT = 'image archives are written by `docker save`, `podman save`, skopeo and `crane pull`';

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

  const indexOptions = { blobs, signal, maxDepth };
  const listed = await (manifest === undefined
    ? indexEntriesOf(index, indexOptions)
    : indexEntriesOrNone(index, indexOptions));
  const candidates = manifest === undefined || options.originalManifest === false ? [] : listed;
  const onWarning = (text: string): void => options.onWarning?.({ subject, text });
  const originals = await originalImages(candidates, blobs, { signal });
  const described = manifest && imagesOfManifest(manifest, { entries, caps, originals, onWarning, options });
  const fromIndex = index && listed.filter(({ isImage }) => isImage).map(storedImage);
  const images = described?.images ?? fromIndex ?? (await legacyImages(entries, { caps, ...options }));
  if (images === undefined) {
    throw new ArchiveInvalidError(
      'archive: it has no manifest.json, index.json or repositories, so it holds no images',
    );
  }
  const replaced = described?.replaced ?? new Set();
  return Object.freeze<Archive>({
    ...storedImages({
      subject,
      images: Object.freeze(images),
      entries: listed.filter(({ digest }) => !replaced.has(digest)),
      index: replaced.size > 0 || (described !== undefined && listed.length === 0) ? undefined : index,
      close: async () => source.close(),
    }),
    manifest,
    index,
  });
}

interface IndexEntryOptions extends AbortOptions {
  readonly blobs: BlobSource;
  readonly maxDepth: number | undefined;
}

async function indexEntriesOf(
  index: ImageIndex | undefined,
  { blobs, ...options }: IndexEntryOptions,
): Promise<readonly IndexEntry[]> {
  if (index === undefined) return [];
  return indexEntries(index, { ...options, exists: async (child, options) => blobs.exists(child, options) });
}

/**
 * The entries of an `index.json` beside a `manifest.json`. The `manifest.json` is sufficient, so a damaged `index.json` is
 * ignored.
 */
async function indexEntriesOrNone(
  index: ImageIndex | undefined,
  options: IndexEntryOptions,
): Promise<readonly IndexEntry[]> {
  try {
    return await indexEntriesOf(index, options);
  } catch (error) {
    if (error instanceof ContainerError) return [];
    throw error;
  }
}

/** Reads `manifest.json`; undefined if the archive has none. */
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

interface ManifestImages {
  readonly images: readonly ArchiveImage[];
  /** Digests in `index.json` of the images that get a new manifest. */
  readonly replaced: ReadonlySet<Hash>;
}

function imagesOfManifest(manifest: ArchiveManifest, context: Context): ManifestImages {
  const replaced = new Set<Hash>();
  const images: ArchiveImage[] = [];
  for (const described of manifest) {
    const original = originalOf(described, context);
    const kept = original !== undefined && isKept(original, described, context.options);
    if (original !== undefined && !kept) replaced.add(original.entry.digest);
    images.push(imageOfManifest(described, kept ? original : undefined, context));
  }
  return { images, replaced };
}

function imageOfManifest(
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
        : async () => original.image,
  });
}

/** Finds an image of `manifest.json` in `index.json`. This works only if the name of its config contains the digest. */
function originalOf(
  { Config: config, Layers: layers }: ArchiveDescriptor,
  { entries, originals }: Context,
): OriginalImage | undefined {
  const digest = configDigest(config);
  try {
    return digest && originalImage(digest, layers, originals, entries);
  } catch (error) {
    // Opening the image reports the error in a layer.
    if (error instanceof ContainerError) return undefined;
    throw error;
  }
}

/**
 * Whether the image keeps its original manifest. Docker makes a manifest of plain tars for images of its classic store;
 * `LayerSources` identifies Docker, because no other tool writes it.
 */
function isKept(
  { manifest }: OriginalImage,
  { LayerSources: sources }: ArchiveDescriptor,
  { originalManifest: wanted }: OpenOptions,
): boolean {
  const isPlain = manifest.layers.every(({ mediaType }) => plainTypes.has(mediaType));
  return wanted !== 'compressed' || !isPlain || sources === undefined;
}

const plainTypes: ReadonlySet<string> = new Set([ociUncompressedLayer, dockerUncompressedLayer]);

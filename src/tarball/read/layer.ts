import type { Readable } from 'node:stream';
import { NotFoundError } from '../../errors/service/not-found.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Compression, compressionOf, decompressed } from '../../internal/compress/compression.js';
import { lazy, type Lazy } from '../../internal/async/lazy.js';
import { verified } from '../../internal/streams/verify.js';
import { layerMediaType, type LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import { uncompressedToLayer } from '../../partial/layers/uncompressed-layer.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type Hash, isHash, sha256 } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import { isDistributable } from '../../v1/types.js';
import type { ArchiveEntries, ArchiveEntry } from './entries.js';
import { withoutPadding } from './gzip-padding.js';

/** One layer of an archive's image, and what the archive says of it. */
export interface ArchivedLayer {
  /** Name that `manifest.json` has for it. */
  readonly name: string;
  /** Undefined for a foreign layer that the archive does not hold. */
  readonly entry: ArchiveEntry | undefined;
  readonly diffId: Hash;
  /** How the file is packed, whatever it is called. */
  readonly compression: Compression;
  /** What `LayerSources` has for it. */
  readonly source: Descriptor | undefined;
}

export interface ArchivedLayerOptions extends LayerCompressionOptions {
  readonly family: 'docker' | 'oci';
}

/** Tells how a layer's file is packed. */
export async function sniffEntry(
  entry: ArchiveEntry,
  entries: ArchiveEntries,
  options: AbortOptions,
): Promise<Compression> {
  return compressionOf(await entries.head(entry, 4, options));
}

/** Makes the layer: whoever reads its tar gets what the config's diff ID says, or an error. */
export function archivedLayer(
  layer: ArchivedLayer,
  entries: ArchiveEntries,
  options: ArchivedLayerOptions,
): Layer {
  const { entry, source, diffId, compression } = layer;
  if (entry === undefined || (source !== undefined && !isDistributable(source.mediaType))) {
    return foreignLayer(layer, entries);
  }
  if (compression === 'none') {
    return uncompressedToLayer(
      {
        diffId: async () => Promise.resolve(diffId),
        uncompressed: async (options) => entries.stream(entry, options),
        uncompressedSize: async () => Promise.resolve(entry.size),
        mediaType: async () => Promise.resolve(layerMediaType(options.compression ?? 'gzip', options.family)),
      },
      options,
    );
  }
  const claimed = claimedDigest(layer, entry);
  const stored = lazy(async (options) =>
    compression === 'gzip' ? withoutPadding(entry, entries, options) : Promise.resolve(entry),
  );
  const digest = lazy(async (options) => {
    const file = await stored(options);
    // A claim is about the whole file.
    if (claimed !== undefined && file.size === entry.size) return claimed;
    return (await sha256(await entries.stream(file, options))).hash;
  });
  return Object.freeze<Layer>({
    ...storedForm(layer, stored, entries, digest),
    digest,
    size: async (options) => (await stored(options)).size,
    mediaType: async () => Promise.resolve(layerMediaType(compression, options.family)),
    exists: async () => Promise.resolve(true),
  });
}

/** What a compressed file and its diff ID give together. */
function storedForm(
  { diffId }: ArchivedLayer,
  stored: Lazy<ArchiveEntry>,
  entries: ArchiveEntries,
  digest: (options?: AbortOptions) => Promise<Hash>,
): Pick<Layer, 'compressed' | 'uncompressed' | 'diffId'> {
  return {
    diffId: async () => Promise.resolve(diffId),
    compressed: async (options) => {
      const expected = await digest(options);
      const file = await stored(options);
      const stream = await entries.stream(file, options);
      return verified(stream, { digest: expected, size: file.size, subject: `layer ${expected}` });
    },
    uncompressed: async (options) =>
      tarOf(await decompressed(await entries.stream(await stored(options), options), options), diffId),
  };
}

/**
 * A layer that is downloaded from elsewhere keeps the descriptor that says from where. The archive
 * may hold it as that describes it, or as a tar only, or not at all.
 */
function foreignLayer(layer: ArchivedLayer, entries: ArchiveEntries): Layer {
  const { name, entry, source, diffId, compression } = layer;
  if (source === undefined) throw new NotFoundError(`layer ${JSON.stringify(name)}: not in the archive`);
  const stored = compression !== 'none' && entry !== undefined;
  const missing = (): never => {
    if (entry === undefined) throw new NotFoundError(`foreign layer ${source.digest}: not in the archive`);
    throw new UnsupportedError(
      `foreign layer ${source.digest}: the archive holds its tar, not its compressed form`,
      {
        hint: 'leave layers that may not be distributed where they are, or read the tar',
      },
    );
  };
  return Object.freeze<Layer>({
    diffId: async () => Promise.resolve(diffId),
    digest: async () => Promise.resolve(source.digest),
    size: async () => Promise.resolve(source.size),
    mediaType: async () => Promise.resolve(source.mediaType),
    descriptor: async () => Promise.resolve(source),
    exists: async () => Promise.resolve(stored),
    compressed: async (options) => {
      if (!stored) return missing();
      const { digest, size } = source;
      return verified(await entries.stream(entry, options), { digest, size, subject: `layer ${digest}` });
    },
    uncompressed: async (options) =>
      entry === undefined
        ? missing()
        : tarOf(await decompressed(await entries.stream(entry, options), options), diffId),
  });
}

function tarOf(stream: Readable, diffId: Hash): Readable {
  return verified(stream, { digest: diffId, subject: `layer with diff ID ${diffId}` });
}

/**
 * The digest that the archive itself claims for a compressed layer, which saves reading it; every
 * read is held to it. Tools that name layers by digest give them one of these forms.
 */
function claimedDigest({ name, source, diffId }: ArchivedLayer, entry: ArchiveEntry): Hash | undefined {
  if (source?.size === entry.size && source.digest !== diffId) return source.digest;
  const named =
    /^(?:.*\/)?(?:blobs\/(sha256|sha512)\/)?([0-9a-f]{64,128})(\.tar\.gz|\.tgz|\.tar\.zst)?$/.exec(name);
  const [, algorithm, hex, ending] = named ?? [];
  if (hex === undefined || (algorithm === undefined && ending === undefined)) return undefined;
  const digest = `${algorithm ?? 'sha256'}:${hex}`;
  // Some name the file by what is inside.
  return isHash(digest) && digest !== diffId ? digest : undefined;
}

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

/** One layer of an image in an archive, with the archive's information about it. */
export interface ArchivedLayer {
  /** Name of its file in `manifest.json`. */
  readonly name: string;
  /** Its file; undefined for a foreign layer that the archive does not contain. */
  readonly entry: ArchiveEntry | undefined;
  readonly diffId: Hash;
  /** How the file is compressed, found from its content and not from its name. */
  readonly compression: Compression;
  /** Its descriptor in `LayerSources`. */
  readonly source: Descriptor | undefined;
}

export interface ArchivedLayerOptions extends LayerCompressionOptions {
  readonly family: 'docker' | 'oci';
}

/** Finds from the first bytes of a layer's file how it is compressed. */
export async function entryCompression(
  entry: ArchiveEntry,
  entries: ArchiveEntries,
  options: AbortOptions,
): Promise<Compression> {
  return compressionOf(await entries.head(entry, 4, options));
}

/** Makes the layer. Reading its tar fails unless the content has the diff ID of the config. */
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
        diffId: async () => diffId,
        uncompressed: async (options) => entries.stream(entry, options),
        uncompressedSize: async () => entry.size,
        mediaType: async () => layerMediaType(options.compression ?? 'gzip', options.family),
      },
      options,
    );
  }
  const claimed = claimedDigest(layer, entry);
  const stored = lazy(async (options) =>
    compression === 'gzip' ? withoutPadding(entry, entries, options) : entry,
  );
  const digest = lazy(async (options) => {
    const file = await stored(options);
    // The claimed digest is that of the file with its padding.
    if (claimed !== undefined && file.size === entry.size) return claimed;
    return (await sha256(await entries.stream(file, options))).hash;
  });
  return Object.freeze<Layer>({
    ...storedForm(layer, stored, entries, digest),
    digest,
    size: async (options) => (await stored(options)).size,
    mediaType: async () => layerMediaType(compression, options.family),
    exists: async () => true,
  });
}

/** The members of a layer that follow from its compressed file and its diff ID. */
function storedForm(
  { diffId }: ArchivedLayer,
  stored: Lazy<ArchiveEntry>,
  entries: ArchiveEntries,
  digest: (options?: AbortOptions) => Promise<Hash>,
): Pick<Layer, 'compressed' | 'uncompressed' | 'diffId'> {
  return {
    diffId: async () => diffId,
    compressed: async (options) => {
      const expected = await digest(options);
      const file = await stored(options);
      const stream = await entries.stream(file, options);
      return verified(stream, { digest: expected, size: file.size, subject: `layer ${expected}` });
    },
    uncompressed: async (options) =>
      verifiedTar(await decompressed(await entries.stream(await stored(options), options), options), diffId),
  };
}

/**
 * Makes a foreign layer, which clients download from the URLs of its descriptor. The archive may contain it in the form that
 * the descriptor describes, or only as a plain tar, or not at all.
 */
function foreignLayer(layer: ArchivedLayer, entries: ArchiveEntries): Layer {
  const { name, entry, source, diffId, compression } = layer;
  if (source === undefined) throw new NotFoundError(`layer ${JSON.stringify(name)}: not in the archive`);
  const stored = compression !== 'none' && entry !== undefined;
  const missing = (): never => {
    if (entry === undefined) throw new NotFoundError(`foreign layer ${source.digest}: not in the archive`);
    throw new UnsupportedError(
      `foreign layer ${source.digest}: the archive contains its tar, not its compressed form`,
      {
        hint: 'do not copy layers that may not be distributed, or read the tar with `uncompressed`',
      },
    );
  };
  return Object.freeze<Layer>({
    diffId: async () => diffId,
    digest: async () => source.digest,
    size: async () => source.size,
    mediaType: async () => source.mediaType,
    descriptor: async () => source,
    exists: async () => stored,
    compressed: async (options) => {
      if (!stored) return missing();
      const { digest, size } = source;
      return verified(await entries.stream(entry, options), { digest, size, subject: `layer ${digest}` });
    },
    uncompressed: async (options) =>
      entry === undefined
        ? missing()
        : verifiedTar(await decompressed(await entries.stream(entry, options), options), diffId),
  });
}

function verifiedTar(stream: Readable, diffId: Hash): Readable {
  return verified(stream, { digest: diffId, subject: `layer with diff ID ${diffId}` });
}

/**
 * The digest that the archive claims for a compressed layer; undefined if it claims none. A claimed digest saves reading the
 * layer to compute it; every later read is verified against it. Tools that name layers by digest use one of these forms.
 */
function claimedDigest({ name, source, diffId }: ArchivedLayer, entry: ArchiveEntry): Hash | undefined {
  if (source?.size === entry.size && source.digest !== diffId) return source.digest;
  const named =
    /^(?:.*\/)?(?:blobs\/(sha256|sha512)\/)?([0-9a-f]{64,128})(\.tar\.gz|\.tgz|\.tar\.zst)?$/.exec(name);
  const [, algorithm, hex, ending] = named ?? [];
  if (hex === undefined || (algorithm === undefined && ending === undefined)) return undefined;
  const digest = `${algorithm ?? 'sha256'}:${hex}`;
  // Some tools name the file after the diff ID.
  return isHash(digest) && digest !== diffId ? digest : undefined;
}

import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { compareUtf8 } from '../../internal/json/go-json.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import { mapLimit } from '../../internal/async/limit.js';
import { parseStrictJson } from '../../internal/json/strict-json.js';
import { decompressed } from '../../internal/compress/compression.js';
import type { LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import { type Hash, sha256 } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { ArchiveImage } from './archive.js';
import type { Cap, ArchiveCaps } from '../documents/caps.js';
import type { ArchiveEntries } from './entries.js';
import { configuredImage } from './docker-image.js';
import { legacyConfig, type LayerDocument, parseLayerDocument } from './legacy-config.js';

export interface LegacyImagesOptions extends AbortOptions, LayerCompressionOptions {
  readonly caps: ArchiveCaps;
}

/** The maximum number of layers of one image; Docker allows 127. */
const MAX_LAYERS = 1024;
/** Layers that are decompressed at the same time; the work is bound by the CPU. */
const JOBS = 2;

/**
 * Lists the images of an archive in Docker's first format, the only format until Docker 1.9. The archive has a directory for
 * every layer, with its tar and a document that names its parent, and a file `repositories` that gives tags to some layers. A
 * layer that is not the parent of another one is an image too.
 *
 * @returns undefined if the archive does not have this format.
 * @see https://github.com/moby/moby/blob/v20.10.27/image/spec/v1.md
 */
export async function legacyImages(
  entries: ArchiveEntries,
  { caps, signal, compression, compressionLevel }: LegacyImagesOptions,
): Promise<readonly ArchiveImage[] | undefined> {
  const layerIds: string[] = [];
  for (const name of entries.names()) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    const id = LAYER_DOCUMENT.exec(name)?.[1];
    if (id !== undefined) layerIds.push(id);
  }
  const listed = entries.find('repositories');
  if (listed === undefined && layerIds.length === 0) return undefined;
  const documents = new Map<string, LayerDocument>();
  for (const id of layerIds) documents.set(id, await readDocument(id, entries, caps.config, { signal }));

  const tagsOf = new Map<string, string[]>();
  const parents = new Set([...documents.values()].map(({ parent }) => parent));
  for (const id of layerIds) if (!parents.has(id)) tagsOf.set(id, []);
  if (listed !== undefined) {
    const bytes = await entries.read(listed, { signal, ...caps.manifest });
    for (const [tag, id] of parseRepositories(bytes, caps.manifest.maxBytes)) {
      const tags = tagsOf.get(id) ?? [];
      tags.push(tag);
      tagsOf.set(id, tags);
    }
  }
  const diffIds = new Map<string, Lazy<Hash>>();
  const diffId = async (id: string, options: AbortOptions): Promise<Hash> => {
    const known = diffIds.get(id) ?? lazy(async (options) => hashOfTar(layerName(id), entries, options));
    diffIds.set(id, known);
    return known(options);
  };
  const openImage = async (top: string, options: AbortOptions): Promise<Image> => {
    const chain = chainOf(top, documents);
    const hashes = await mapLimit(
      chain,
      JOBS,
      async ({ id }, options) => diffId(id, { signal: options.signal }),
      options,
    );
    const Layers = chain.map(({ id }) => layerName(id));
    const config = legacyConfig(chain, hashes);
    return configuredImage({ Layers }, config, entries, { caps, compression, compressionLevel }, options);
  };
  const images = [...tagsOf].map(([id, tags]) =>
    Object.freeze<ArchiveImage>({
      tags: Object.freeze(tags.sort(compareUtf8)),
      digest: undefined,
      platform: undefined,
      open: lazy(async (options) => openImage(id, options)),
    }),
  );
  return images.sort((a, b) => compareUtf8(a.tags.join(','), b.tags.join(',')));
}

const LAYER_DOCUMENT = /^([0-9a-f]{64})\/json$/;
const layerName = (id: string): string => `${id}/layer.tar`;

async function readDocument(
  id: string,
  entries: ArchiveEntries,
  cap: Cap,
  options: AbortOptions,
): Promise<LayerDocument> {
  const entry = entries.find(`${id}/json`);
  if (entry === undefined) throw new ArchiveInvalidError(`archive: the document of layer ${id} is missing`);
  return parseLayerDocument(await entries.read(entry, { ...options, ...cap }), id, cap.maxBytes);
}

/** The documents of an image's layers, the base first. */
function chainOf(top: string, documents: ReadonlyMap<string, LayerDocument>): readonly LayerDocument[] {
  const chain: LayerDocument[] = [];
  for (let id: string | undefined = top; id !== undefined;) {
    const document = documents.get(id);
    if (document === undefined) {
      throw new ArchiveInvalidError(`archive: the layer ${JSON.stringify(id.slice(0, 64))} is missing`);
    }
    if (chain.length === MAX_LAYERS || chain.includes(document)) {
      throw new ArchiveInvalidError(
        `archive: the parents of layer ${top} are a circle, or more than ${MAX_LAYERS}`,
      );
    }
    chain.unshift(document);
    id = document.parent;
  }
  return chain;
}

async function hashOfTar(name: string, entries: ArchiveEntries, options: AbortOptions): Promise<Hash> {
  const entry = entries.find(name);
  if (entry === undefined)
    throw new ArchiveInvalidError(`archive: the layer ${JSON.stringify(name)} is missing`);
  return (await sha256(await decompressed(await entries.stream(entry, options), options))).hash;
}

/** Parses `repositories`: pairs of a tag and the ID of its topmost layer. */
function parseRepositories(content: Uint8Array, maxBytes: number): readonly (readonly [string, string])[] {
  const invalid = (reason: string, cause?: unknown) =>
    new ManifestInvalidError(`repositories ${reason}`, { cause });
  let parsed: unknown;
  try {
    parsed = parseStrictJson(content, 'repositories', {
      maxBytes,
      maxDepth: 4,
      maxValues: 1_000_000,
    });
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(error.message, error);
    throw error;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid('is not an object');
  return Object.entries(parsed).flatMap(([repository, tags]: [string, unknown]) => {
    if (typeof tags !== 'object' || tags === null)
      throw invalid(`has no tags for ${JSON.stringify(repository)}`);
    return Object.entries(tags).map(([tag, id]: [string, unknown]) => {
      if (typeof id !== 'string') throw invalid(`has no ID for ${JSON.stringify(`${repository}:${tag}`)}`);
      return [`${repository}:${tag}`, id] as const;
    });
  });
}

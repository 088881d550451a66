import { isJsonObject } from '../../internal/json/json-object.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { deepFreeze } from '../../internal/json/freeze.js';
import { parseStrictJson } from '../../internal/json/strict-json.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { parseDescriptor } from '../../v1/documents/parse-descriptor.js';
import { inside } from '../../v1/documents/schema.js';

/** The description of one image in `manifest.json`. */
export interface ArchiveDescriptor {
  /** Name of the entry that contains the config. */
  readonly Config: string;
  /** Tags, spelled as the archive spells them; null for an image without tags. */
  readonly RepoTags: readonly string[] | null;
  /** Names of the entries that contain the layers, the base first. */
  readonly Layers: readonly string[];
  /** Descriptors of layers by their diff ID; mainly for foreign layers. */
  readonly LayerSources?: Readonly<Record<string, Descriptor>> | undefined;
}

/** The `manifest.json` of an archive: descriptions of its images, in their order in the file. */
export type ArchiveManifest = readonly ArchiveDescriptor[];

/**
 * Parses a `manifest.json`.
 *
 * @throws ManifestInvalidError if the content does not have the form that `docker save` writes.
 * @throws LimitExceededError if the content exceeds `maxBytes`, 16 levels, or 1 000 000 values.
 */
export function parseArchiveManifest(content: Uint8Array, maxBytes: number): ArchiveManifest {
  let parsed: unknown;
  try {
    parsed = parseStrictJson(content, 'manifest.json', {
      maxBytes,
      maxDepth: 16,
      maxValues: 1_000_000,
    });
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(error.message, error);
    throw error;
  }
  if (!Array.isArray(parsed)) throw invalid(`is ${parsed === null ? 'null' : 'not a list'}`);
  return deepFreeze(parsed.map((entry: unknown, at) => parseImage(entry, `[${at}]`)));
}

function parseImage(entry: unknown, where: string): ArchiveDescriptor {
  if (!isJsonObject(entry)) throw invalid(`${where} is not an object`);
  const tags = fieldOf(entry, 'RepoTags');
  const config = fieldOf(entry, 'Config');
  const layers = fieldOf(entry, 'Layers');
  const sources = fieldOf(entry, 'LayerSources');
  if (typeof config !== 'string') throw invalid(`${where}.Config is not a string`);
  return {
    ...entry,
    Config: config,
    RepoTags: strings(tags, `${where}.RepoTags`),
    Layers: strings(layers, `${where}.Layers`) ?? [],
    LayerSources: sources === undefined || sources === null ? undefined : layerSources(sources, where),
  };
}

/**
 * Finds a field by its exact key, or else by the key in any case. Jib wrote keys in lower case, and Go's JSON reader, which
 * Docker and others use, accepts them.
 */
function fieldOf(entry: Readonly<Record<string, unknown>>, key: string): unknown {
  if (Object.hasOwn(entry, key)) return entry[key];
  const other = Object.keys(entry).find((known) => known.toLowerCase() === key.toLowerCase());
  return other === undefined ? undefined : entry[other];
}

/** Checks a list of strings. Go writes null for an empty list. */
function strings(value: unknown, where: string): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw invalid(`${where} is not a list of strings`);
  }
  return value;
}

function layerSources(value: unknown, where: string): Readonly<Record<string, Descriptor>> {
  if (!isJsonObject(value)) throw invalid(`${where}.LayerSources is not an object`);
  const at = { document: 'manifest.json', path: `${where}.LayerSources` };
  return Object.fromEntries(
    Object.entries(value).map(([diffId, source]) => [diffId, parseDescriptor(source, inside(at, diffId))]),
  );
}

function invalid(reason: string, cause?: unknown): ManifestInvalidError {
  return new ManifestInvalidError(`manifest.json ${reason}`, { cause });
}

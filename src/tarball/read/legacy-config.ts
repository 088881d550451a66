import { isJsonObject } from '../../internal/json/json-object.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { compareUtf8, goJson } from '../../internal/json/go-json.js';
import { parseStrictJson } from '../../internal/json/strict-json.js';
import type { Hash } from '../../v1/hash.js';

type Members = Readonly<Record<string, unknown>>;

/** The JSON document beside a layer in Docker's first format. */
export interface LayerDocument {
  readonly id: string;
  /** The ID of the layer below. */
  readonly parent: string | undefined;
  readonly members: Members;
}

/**
 * Parses the document of a layer.
 *
 * @throws ManifestInvalidError if the document is invalid, or belongs to another layer.
 */
export function parseLayerDocument(content: Uint8Array, id: string, maxBytes: number): LayerDocument {
  const subject = `${id}/json`;
  let members: unknown;
  try {
    members = parseStrictJson(content, subject, {
      maxBytes,
      maxDepth: 16,
      maxValues: 1_000_000,
    });
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new ManifestInvalidError(`${subject} ${error.message}`, { cause: error });
    throw error;
  }
  if (!isJsonObject(members)) throw new ManifestInvalidError(`${subject} is not an object`);
  const { id: named, parent } = members;
  if (named !== undefined && named !== id)
    throw new ManifestInvalidError(`${subject} is that of another layer`);
  if (parent !== undefined && typeof parent !== 'string')
    throw new ManifestInvalidError(`${subject}: parent is not a string`);
  return { id, parent: parent === '' ? undefined : parent, members };
}

/**
 * Makes the config of an image as Docker makes it from the documents of the layers, the base first: it is the document of the
 * top layer, with a history from all documents.
 *
 * @see https://github.com/moby/moby/blob/v20.10.27/image/v1/imagev1.go
 */
export function legacyConfig(chain: readonly LayerDocument[], diffIds: readonly Hash[]): Uint8Array {
  const top = chain.at(-1)?.members ?? {};
  const kept = Object.entries(top).filter(([name]) => !layerOnlyMembers.has(name));
  const members: (readonly [string, unknown])[] = [
    ...kept.filter(([name]) => name !== 'rootfs' && name !== 'history'),
    ['history', chain.map(historyOf)],
    ['rootfs', { type: 'layers', diff_ids: diffIds }],
  ];
  members.sort(([a], [b]) => compareUtf8(a, b));
  return Buffer.from(goJson(Object.fromEntries(members)));
}

/** Members that describe the layer and not the image. */
const layerOnlyMembers: ReadonlySet<string> = new Set([
  'id',
  'parent',
  'Size',
  'parent_id',
  'layer_id',
  'throwaway',
]);

function historyOf({ members }: LayerDocument): Members {
  const { created = '0001-01-01T00:00:00Z', author, comment, container_config: run } = members;
  const command: unknown = isJsonObject(run) ? run.Cmd : undefined;
  const createdBy = Array.isArray(command)
    ? command.filter((word) => typeof word === 'string').join(' ')
    : '';
  return {
    created,
    author: nonEmptyText(author),
    created_by: nonEmptyText(createdBy),
    comment: nonEmptyText(comment),
  };
}

/** Text that is not empty; Go omits an empty one. */
function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

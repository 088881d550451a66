import { isJsonObject, type JsonObject } from '../internal/json/json-object.js';
import { NotFoundError } from '../errors/service/not-found.js';
import { TransportError } from '../errors/service/transport.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Reference } from '../name/reference.js';
import { type Hash, isHash } from '../v1/hash.js';
import type { Platform } from '../v1/platform.js';
import type { Engine } from './engine/engine.js';
import { localhostName, nameInDaemon } from './image-name.js';

/** What a daemon reports about an image. */
export interface InspectedImage {
  /** The digest of the config; in containerd's store the digest of the manifest or index. */
  readonly id: Hash;
  /** Whether the ID is known to be the digest of the config. */
  readonly idIsConfig: boolean;
  readonly tags: readonly string[];
  /** Undefined if the daemon does not report it. */
  readonly platform: Platform | undefined;
}

/**
 * Looks up an image in a daemon.
 *
 * @throws NotFoundError if the daemon does not have the image.
 */
export async function inspect(
  engine: Engine,
  reference: Reference | Hash,
  options: AbortOptions,
): Promise<InspectedImage> {
  const names = [
    nameInDaemon(reference),
    ...(engine.isPodman ? [localhostName(reference) ?? []].flat() : []),
  ];
  let notFound: unknown;
  for (const name of names) {
    try {
      return await inspectNamed(engine, name, options);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      notFound ??= error;
    }
  }
  throw notFound;
}

async function inspectNamed(engine: Engine, name: string, options: AbortOptions): Promise<InspectedImage> {
  const operation = `inspect image ${name}`;
  const call = { method: 'GET', path: `/images/${escapeInPath(name)}/json`, operation } as const;
  const response = await engine.json(call, options);
  const id = isJsonObject(response) ? response.Id : undefined;
  if (!isJsonObject(response) || !isHash(id)) {
    throw new TransportError(`${operation}: the response of ${engine.host} does not describe an image`, {
      url: engine.host,
    });
  }
  return {
    id,
    idIsConfig: isConfigId(engine, response),
    tags: stringsIn(response.RepoTags),
    platform: platformOf(response),
  };
}

/** Escapes a name for a path of the API. Slashes, colons and `@` stay, because engines expect them unescaped. */
export function escapeInPath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':').replaceAll('%40', '@');
}

/** The strings of a list. Go writes `null` for an empty list, and docker writes `<none>` for a missing name; both are left out. */
export function stringsIn(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [];
  return Object.freeze(
    all.filter((item) => typeof item === 'string' && !item.includes('<none>')) as string[],
  );
}

/** Since version 1.48 of the API, the response has a descriptor if the image is in containerd's store. */
function isConfigId(engine: Engine, { Descriptor: descriptor }: JsonObject): boolean {
  return !isJsonObject(descriptor) && (!engine.mayUseContainerd || engine.speaks('1.48'));
}

function platformOf({
  Os: os,
  Architecture: architecture,
  Variant: variant,
}: JsonObject): Platform | undefined {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  if (text(os) === '' || text(architecture) === '') return undefined;
  return {
    os: text(os),
    architecture: text(architecture),
    ...(text(variant) === '' ? {} : { variant: text(variant) }),
  };
}

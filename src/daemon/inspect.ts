import { isJsonObject, type JsonObject } from '../internal/json/json-object.js';
import { NotFoundError } from '../errors/service/not-found.js';
import { TransportError } from '../errors/service/transport.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Reference } from '../name/reference.js';
import { type Hash, isHash } from '../v1/hash.js';
import type { Platform } from '../v1/platform.js';
import type { Engine } from './engine/engine.js';
import { localName, nameOf } from './image-name.js';

/** What a daemon says about an image that it has. */
export interface InspectedImage {
  /** Of the config; where containerd keeps the images, of the manifest or index. */
  readonly id: Hash;
  /** Whether the ID is known to be the config's digest. */
  readonly idIsConfig: boolean;
  readonly tags: readonly string[];
  /** As far as the daemon knows. */
  readonly platform: Platform | undefined;
}

/** @throws {@link NotFoundError} if the daemon has no such image. */
export async function inspect(
  engine: Engine,
  reference: Reference | Hash,
  options: AbortOptions,
): Promise<InspectedImage> {
  const names = [nameOf(reference), ...(engine.isPodman ? [localName(reference) ?? []].flat() : [])];
  let missing: unknown;
  for (const name of names) {
    try {
      return await inspectNamed(engine, name, options);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      missing ??= error;
    }
  }
  throw missing;
}

async function inspectNamed(engine: Engine, name: string, options: AbortOptions): Promise<InspectedImage> {
  const operation = `inspect image ${name}`;
  const call = { method: 'GET', path: `/images/${pathOf(name)}/json`, operation } as const;
  const response = await engine.json(call, options);
  const id = isJsonObject(response) ? response.Id : undefined;
  if (!isJsonObject(response) || !isHash(id)) {
    throw new TransportError(`${operation}: ${engine.host} answers with something else`, {
      url: engine.host,
    });
  }
  return {
    id,
    idIsConfig: isConfigId(engine, response),
    tags: strings(response.RepoTags),
    platform: platformOf(response),
  };
}

/** A name in a path: slashes and colons stand for themselves there, and engines have no other character to escape. */
export function pathOf(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':').replaceAll('%40', '@');
}

/** The strings of a list, in which Go writes null for an empty one and docker `<none>` for a missing one. */
export function strings(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [];
  return Object.freeze(
    all.filter((item) => typeof item === 'string' && !item.includes('<none>')) as string[],
  );
}

/** Since version 1.48 of the API an image in containerd's store has a descriptor. */
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

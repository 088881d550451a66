import { isUtf8 } from 'node:buffer';
import type { Annotations } from '../v1/descriptor.js';
import { type Hash, newHash } from '../v1/hash.js';
import type { MediaType } from '../v1/media-type.js';
import { ProtocolError } from './protocol-error.js';

/** Content that a manifest refers to. */
export interface Link {
  readonly kind: 'blob' | 'manifest';
  readonly digest: Hash;
  readonly size: number;
}

/** What the registry needs to know of a pushed manifest. */
export interface ManifestDocument {
  readonly mediaType: MediaType;
  /** What must be in the repository too; layers that clients fetch elsewhere are left out. */
  readonly links: readonly Link[];
  readonly subject: Hash | undefined;
  /** As the list of referrers shows it: the config's media type where an image names none itself. */
  readonly artifactType: string | undefined;
  readonly annotations: Annotations | undefined;
}

const IMAGE_TYPES = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);
const INDEX_TYPES = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);
const NOT_DISTRIBUTABLE =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable|docker\.image\.rootfs\.foreign)\./;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest of any kind: images and indexes must be complete, of other documents the
 * fields that look like an image's or an index's are taken. Answers 400 otherwise.
 */
export function parseManifestDocument(
  content: Uint8Array,
  contentType: string | undefined,
): ManifestDocument {
  const document = parseObject(content);
  const mediaType = mediaTypeOf(document, contentType);
  if (IMAGE_TYPES.has(mediaType)) require(document, 'config', 'layers');
  if (INDEX_TYPES.has(mediaType)) require(document, 'manifests');
  const blobs = [...one(document, 'config'), ...many(document, 'layers'), ...many(document, 'blobs')];
  const [subject] = one(document, 'subject');
  const artifactType = text(document, 'artifactType') ?? one(document, 'config')[0]?.mediaType;
  return {
    mediaType,
    links: [
      ...blobs
        .filter(isKeptHere)
        .map((blob): Link => ({ kind: 'blob', digest: blob.digest, size: blob.size })),
      ...many(document, 'manifests').map((child): Link => ({
        kind: 'manifest',
        digest: child.digest,
        size: child.size,
      })),
    ],
    subject: subject?.digest,
    artifactType,
    annotations: annotationsOf(document),
  };
}

interface Reference {
  readonly digest: Hash;
  readonly size: number;
  readonly mediaType: string;
  readonly urls: unknown;
}

function isKeptHere({ mediaType, urls }: Reference): boolean {
  return !NOT_DISTRIBUTABLE.test(mediaType) && !(Array.isArray(urls) && urls.length > 0);
}

function parseObject(content: Uint8Array): Fields {
  if (!isUtf8(content)) throw invalid('manifest is not UTF-8');
  let document: unknown;
  try {
    document = JSON.parse(
      Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8'),
    );
  } catch {
    throw invalid('manifest is not JSON');
  }
  return asObject(document, 'manifest');
}

function mediaTypeOf(document: Fields, contentType: string | undefined): MediaType {
  const declared = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const own = text(document, 'mediaType')?.toLowerCase();
  if (own !== undefined && declared !== '' && own !== declared) {
    throw invalid(`mediaType ${own} differs from the Content-Type ${declared}`);
  }
  const mediaType = own ?? declared;
  if (!/^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/.test(mediaType)) {
    throw invalid('manifest has no media type');
  }
  return mediaType;
}

function require(document: Fields, ...names: readonly string[]): void {
  for (const name of names) if (document[name] === undefined) throw invalid(`manifest has no ${name}`);
  if (document.schemaVersion !== 2) throw invalid('schemaVersion is not 2');
}

function many(document: Fields, name: string): readonly Reference[] {
  // Go's encoder writes an empty list as null.
  const list = document[name] ?? [];
  if (!Array.isArray(list)) throw invalid(`${name} is not a list`);
  return list.map((entry: unknown, position) => reference(entry, `${name}[${position}]`));
}

function one(document: Fields, name: string): readonly Reference[] {
  const entry = document[name] ?? undefined;
  return entry === undefined ? [] : [reference(entry, name)];
}

function reference(value: unknown, where: string): Reference {
  const { digest, size, mediaType, urls } = asObject(value, where);
  if (typeof mediaType !== 'string') throw invalid(`${where} has no mediaType`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(`${where} has no size`);
  if (typeof digest !== 'string') throw invalid(`${where} has no digest`);
  try {
    return { digest: newHash(digest), size, mediaType, urls };
  } catch {
    throw invalid(`${where} has no valid digest`);
  }
}

function annotationsOf(document: Fields): Annotations | undefined {
  const value = document.annotations ?? undefined;
  if (value === undefined) return undefined;
  const entries = Object.entries(asObject(value, 'annotations')).map(([key, content]): [string, string] => {
    if (typeof content !== 'string') throw invalid(`annotation ${key.slice(0, 64)} is not a string`);
    return [key, content];
  });
  return Object.fromEntries(entries);
}

function text(document: Fields, name: string): string | undefined {
  const value = document[name] ?? '';
  if (typeof value !== 'string') throw invalid(`${name} is not a string`);
  return value === '' ? undefined : value;
}

function asObject(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${what} is not an object`);
  // Any object has string keys; what they hold stays unknown.
  return value as Fields;
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(400, 'MANIFEST_INVALID', message);
}

import type { IncomingMessage } from 'node:http';
import { checkTag } from '../name/grammar.js';
import type { Descriptor } from '../v1/descriptor.js';
import { type Hash, hashAlgorithm, hasher } from '../v1/hash.js';
import { ChunkBatch } from './store/uploads/chunk-batch.js';
import { type Exchange, type Resource, requireDigest } from './http/exchange.js';
import { isManifestType, type ManifestDocument, parseManifestDocument } from './store/manifest-document.js';
import type { ManifestRecord } from './store/manifest-store.js';
import { ProtocolError } from './store/protocol-error.js';
import { respondBytes, respondEmpty } from './http/respond.js';

/** `GET` and `HEAD /v2/<name>/manifests/<reference>`. */
export const getManifest: Resource = async ({ options, reference, repository, request, response }) => {
  const { manifests } = options;
  const record = await manifests.stat(repository, requirePossibleReference(reference));
  if (record === undefined) throw manifestUnknown(reference);
  const etag = `"${record.digest}"`;
  const headers = {
    'Docker-Content-Digest': record.digest,
    ETag: etag,
    // A store may contain a media type that an older version of the registry accepted.
    'Content-Type': isManifestType(record.mediaType) ? record.mediaType : 'application/octet-stream',
  };
  if (request.headers['if-none-match'] === etag) {
    respondEmpty(response, 304, headers);
    return;
  }
  if (request.method === 'HEAD') {
    respondEmpty(response, 200, { ...headers, 'Content-Length': record.size });
    return;
  }
  const content = await manifests.content(repository, record.digest);
  if (content === undefined) throw manifestUnknown(reference);
  respondBytes(response, 200, headers, content);
};

/** `PUT /v2/<name>/manifests/<reference>`: stores a manifest, by digest or under a tag. */
export const putManifest: Resource = async (exchange) => {
  const { options, query, repository, request, response } = exchange;
  const reference = requireReference(exchange.reference);
  const content = await readBody(request, options.maxManifestBytes);
  const digest = verifiedDigest(content, reference);
  const tags = isTagName(reference) ? [reference] : query.getAll('tag').map(requireTag);
  const document = parseManifestDocument(content, request.headers['content-type'], options.maxManifestBytes);
  if (options.requireBlobs) await requireReferencedContent(exchange, document);
  await options.manifests.put(repository, recordOf(digest, content.byteLength, document), content, tags);
  respondEmpty(response, 201, {
    Location: `/v2/${repository}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    ...(document.subject !== undefined && options.referrers ? { 'OCI-Subject': document.subject } : {}),
    ...(query.has('tag') && tags.length > 0 ? { 'OCI-Tag': tags.join(', ') } : {}),
  });
};

/** `DELETE /v2/<name>/manifests/<reference>`: a digest deletes the manifest and its tags, a tag deletes only the tag. */
export const deleteManifest: Resource = async ({ options, reference, repository, response }) => {
  const { manifests } = options;
  if (!options.delete) throw new ProtocolError(405, 'UNSUPPORTED', 'deleting manifests and tags is disabled');
  const deleted = isTagName(reference)
    ? await manifests.deleteTag(repository, reference)
    : await manifests.delete(repository, requireDigest(requirePossibleReference(reference)));
  if (!deleted) throw manifestUnknown(reference);
  respondEmpty(response, 202);
};

function isTagName(text: string): boolean {
  return checkTag(text) === undefined;
}

/** Checks the reference of a manifest to store. */
function requireReference(text: string): string {
  return isTagName(text) ? text : requireDigest(text);
}

/** Checks the reference of a manifest to find. A name that is not a valid tag means "not found", not "bad request". */
function requirePossibleReference(text: string): string {
  if (!text.includes(':') && !isTagName(text)) throw manifestUnknown(text);
  return requireReference(text);
}

function requireTag(text: string): string {
  if (isTagName(text)) return text;
  throw new ProtocolError(400, 'MANIFEST_INVALID', 'invalid tag', { detail: { tag: text.slice(0, 128) } });
}

/** The digest of the content. If the reference is a digest, its algorithm is used and the digests must agree; otherwise sha256 is used. */
function verifiedDigest(content: Uint8Array, reference: string): Hash {
  const expected = isTagName(reference) ? undefined : requireDigest(reference);
  const running = hasher(expected === undefined ? 'sha256' : hashAlgorithm(expected));
  running.update(content);
  const actual = running.hash();
  if (expected === undefined || actual === expected) return actual;
  throw new ProtocolError(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {
    detail: { provided: expected, actual },
  });
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const batch = new ChunkBatch();
  let size = Number(request.headers['content-length'] ?? 0);
  const checkSize = (): void => {
    if (size > maxBytes) {
      throw new ProtocolError(413, 'SIZE_INVALID', 'manifest is too large', { detail: { maxBytes } });
    }
  };
  checkSize();
  size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    checkSize();
    batch.add(chunk);
  }
  return Buffer.concat(batch.take(), size);
}

/** Refuses a manifest if the repository lacks the content of one of its descriptors, or has it in another size. */
async function requireReferencedContent(
  { options, repository }: Exchange,
  document: ManifestDocument,
): Promise<void> {
  const { blobs, manifests } = options;
  for (const blob of document.blobs) requireFound(blob, await blobs.stat(repository, blob.digest));
  for (const child of document.manifests) {
    // An index may list blobs, too, not only manifests.
    const found =
      (await manifests.stat(repository, child.digest)) ?? (await blobs.stat(repository, child.digest));
    requireFound(child, found);
  }
}

function requireFound({ digest, size }: Descriptor, found: { readonly size: number } | undefined): void {
  if (found === undefined) {
    const message = 'manifest references a manifest or blob unknown to registry';
    throw new ProtocolError(400, 'MANIFEST_BLOB_UNKNOWN', message, { detail: { digest } });
  }
  if (found.size === size) return;
  throw new ProtocolError(400, 'MANIFEST_INVALID', 'descriptor has another size than its content', {
    detail: { digest, size, actual: found.size },
  });
}

function recordOf(digest: Hash, size: number, document: ManifestDocument): ManifestRecord {
  const { mediaType, subject, artifactType, annotations } = document;
  return subject === undefined
    ? { digest, mediaType, size }
    : { digest, mediaType, size, subject, artifactType, annotations };
}

function manifestUnknown(reference: string): ProtocolError {
  return new ProtocolError(404, 'MANIFEST_UNKNOWN', 'manifest unknown to registry', {
    detail: { reference: reference.slice(0, 256) },
  });
}

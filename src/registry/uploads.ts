import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { type Hash, hashAlgorithm } from '../v1/hash.js';
import { type Exchange, type Resource, requireDigest } from './http/exchange.js';
import { ProtocolError } from './store/protocol-error.js';
import { parseContentRange } from './store/range.js';
import { respondEmpty } from './http/respond.js';
import { clientOf } from './store/uploads/limits.js';
import type { UploadSession } from './store/uploads/session.js';

/** `POST /v2/<name>/blobs/uploads/`: mounts a blob, stores a complete blob from the body, or opens an upload. */
export const startUpload: Resource = async (exchange) => {
  const { query, repository, request, response, uploads } = exchange;
  const mount = query.get('mount');
  if (mount !== null && (await mountBlob(exchange, requireDigest(mount)))) return;
  const digestText = query.get('digest');
  const digest = digestText === null ? undefined : requireDigest(digestText);
  const algorithm = algorithmOf(query, digest);
  const session = await uploads.start({ repository, client: clientOf(request), algorithm });
  if (digest === undefined) {
    respondEmpty(response, 202, progressHeaders(session));
    return;
  }
  await inSession(exchange, session, async () => {
    await session.receive(request);
    await session.finish(digest);
    await uploads.end(session);
    respondEmpty(response, 201, createdHeaders(repository, digest));
  });
};

/** `PATCH` on an upload: appends a chunk, or a stream of any length. */
export const appendToUpload: Resource = async (exchange) => {
  const { repository, reference, request, response, uploads } = exchange;
  const session = await uploads.find(repository, reference);
  await inSession(exchange, session, async () => {
    await receiveChunk(session, request);
    uploads.touch(session);
    respondEmpty(response, 202, progressHeaders(session));
  });
};

/** `PUT` on an upload: appends the last chunk, if there is one, and publishes the blob. */
export const finishUpload: Resource = async (exchange) => {
  const { query, repository, reference, request, response, uploads } = exchange;
  const session = await uploads.find(repository, reference);
  const digest = requireDigest(query.get('digest') ?? '');
  await inSession(exchange, session, async () => {
    session.expect(hashAlgorithm(digest));
    await receiveChunk(session, request);
    await session.finish(digest);
    await uploads.end(session);
    respondEmpty(response, 201, createdHeaders(repository, digest));
  });
};

/** `GET` on an upload: the offset from which to resume. */
export const uploadStatus: Resource = async ({ repository, reference, response, uploads }) => {
  respondEmpty(response, 204, progressHeaders(await uploads.find(repository, reference)));
};

/** `DELETE` on an upload: discards it. */
export const cancelUpload: Resource = async (exchange) => {
  const { repository, reference, response, uploads } = exchange;
  const session = await uploads.find(repository, reference);
  await inSession(exchange, session, async () => {
    await uploads.end(session);
    respondEmpty(response, 204);
  });
};

async function mountBlob(exchange: Exchange, digest: Hash): Promise<boolean> {
  const { authorizer, options, query, repository, request, response } = exchange;
  const { blobs } = options;
  const from = query.get('from');
  const sources = from === null ? ((await blobs.holders?.(digest)) ?? []) : [from];
  let mounted = (await blobs.stat(repository, digest)) !== undefined;
  for (const name of mounted ? [] : [...sources]) {
    // A client that may not read the source repository must not learn whether the blob exists there.
    const readable = await authorizer.permits(request, { type: 'repository', name, action: 'pull' });
    mounted = readable && ((await blobs.mount?.(name, repository, digest)) ?? false);
    if (mounted) break;
  }
  if (mounted) respondEmpty(response, 201, createdHeaders(repository, digest));
  return mounted;
}

function algorithmOf(query: URLSearchParams, digest: Hash | undefined): 'sha256' | 'sha512' {
  if (digest !== undefined) return hashAlgorithm(digest);
  const algorithm = query.get('digest-algorithm') ?? 'sha256';
  if (algorithm === 'sha256' || algorithm === 'sha512') return algorithm;
  throw new ProtocolError(400, 'DIGEST_INVALID', 'unsupported digest algorithm', {
    detail: { supported: ['sha256', 'sha512'] },
  });
}

/**
 * Runs work with exclusive access to the session. If it fails, the upload ends, unless the client disconnected or sent a
 * chunk out of order: then the client can resume.
 */
async function inSession(
  exchange: Exchange,
  session: UploadSession,
  work: () => Promise<void>,
): Promise<void> {
  const { request, uploads } = exchange;
  await session.exclusively(request, async () => {
    uploads.touch(session);
    try {
      await work();
    } catch (error) {
      const isOutOfOrder = error instanceof ProtocolError && error.status === 416;
      const clientDisconnected = request.destroyed && !request.complete;
      if (isOutOfOrder || clientDisconnected) uploads.touch(session);
      else await uploads.end(session);
      throw error;
    }
  });
}

/** Appends the body. A chunk that does not begin where the last one ended is refused. */
async function receiveChunk(session: UploadSession, request: IncomingMessage): Promise<void> {
  const header = request.headers['content-range'];
  const range = header === undefined ? undefined : parseContentRange(header);
  if (header !== undefined && range?.start !== session.size) {
    throw new ProtocolError(416, 'BLOB_UPLOAD_INVALID', 'chunk is not the next one of this upload', {
      detail: { expected: session.size },
      headers: progressHeaders(session),
    });
  }
  await session.receive(request);
  if (range === undefined || session.size === range.end + 1) return;
  throw new ProtocolError(400, 'SIZE_INVALID', 'chunk has another length than its range', {
    detail: { announced: range.end + 1, received: session.size },
  });
}

function progressHeaders(session: UploadSession): OutgoingHttpHeaders {
  return {
    Location: `/v2/${session.repository}/blobs/uploads/${session.id}`,
    // A range cannot be empty; like the original registry, an empty upload reports 0-0.
    Range: `0-${Math.max(session.size - 1, 0)}`,
    'Docker-Upload-UUID': session.id,
  };
}

function createdHeaders(repository: string, digest: Hash): OutgoingHttpHeaders {
  return { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest };
}

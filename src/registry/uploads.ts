import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { type Hash, hashAlgorithm } from '../v1/hash.js';
import { type Exchange, type Resource, requireDigest } from './http/exchange.js';
import { ProtocolError } from './store/protocol-error.js';
import { parseContentRange } from './store/range.js';
import { respondEmpty } from './http/respond.js';
import { clientOf } from './store/uploads/limits.js';
import type { UploadSession } from './store/uploads/session.js';

/** `POST /v2/<name>/blobs/uploads/`: mounts a blob, takes one whole, or opens an upload. */
export const startUpload: Resource = async (exchange) => {
  const { query, repository, request, response, uploads } = exchange;
  const mount = query.get('mount');
  if (mount !== null && (await mountBlob(exchange, requireDigest(mount)))) return;
  const whole = query.get('digest');
  const digest = whole === null ? undefined : requireDigest(whole);
  const algorithm = algorithmOf(query, digest);
  const session = await uploads.start({ repository, client: clientOf(request), algorithm });
  if (digest === undefined) {
    respondEmpty(response, 202, progress(session));
    return;
  }
  await inSession(exchange, session, async () => {
    await session.receive(request);
    await session.finish(digest);
    await uploads.end(session);
    respondEmpty(response, 201, created(repository, digest));
  });
};

/** `PATCH` on an upload: appends a chunk, or a whole stream. */
export const appendToUpload: Resource = async (exchange) => {
  const { repository, reference, request, response, uploads } = exchange;
  const session = await uploads.find(repository, reference);
  await inSession(exchange, session, async () => {
    await receiveChunk(session, request);
    uploads.touch(session);
    respondEmpty(response, 202, progress(session));
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
    respondEmpty(response, 201, created(repository, digest));
  });
};

/** `GET` on an upload: where to go on. */
export const uploadStatus: Resource = async ({ repository, reference, response, uploads }) => {
  respondEmpty(response, 204, progress(await uploads.find(repository, reference)));
};

/** `DELETE` on an upload: forgets it. */
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
    // Whoever may not read the source must not learn whether it has the blob, let alone get it.
    const readable = await authorizer.permits(request, { type: 'repository', name, action: 'pull' });
    mounted = readable && ((await blobs.mount?.(name, repository, digest)) ?? false);
    if (mounted) break;
  }
  if (mounted) respondEmpty(response, 201, created(repository, digest));
  return mounted;
}

function algorithmOf(query: URLSearchParams, digest: Hash | undefined): 'sha256' | 'sha512' {
  if (digest !== undefined) return hashAlgorithm(digest);
  const named = query.get('digest-algorithm') ?? 'sha256';
  if (named === 'sha256' || named === 'sha512') return named;
  throw new ProtocolError(400, 'DIGEST_INVALID', 'unsupported digest algorithm', {
    detail: { supported: ['sha256', 'sha512'] },
  });
}

/** Runs work in the session alone. A failed upload ends, but one that lost its client or its order can go on. */
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
      const outOfOrder = error instanceof ProtocolError && error.status === 416;
      const clientLost = request.destroyed && !request.complete;
      if (outOfOrder || clientLost) uploads.touch(session);
      else await uploads.end(session);
      throw error;
    }
  });
}

/** Appends the body, unless it is a chunk that does not begin where the last one ended. */
async function receiveChunk(session: UploadSession, request: IncomingMessage): Promise<void> {
  const header = request.headers['content-range'];
  const range = header === undefined ? undefined : parseContentRange(header);
  if (header !== undefined && range?.start !== session.size) {
    throw new ProtocolError(416, 'BLOB_UPLOAD_INVALID', 'chunk is not the next one of this upload', {
      detail: { expected: session.size },
      headers: progress(session),
    });
  }
  await session.receive(request);
  if (range === undefined || session.size === range.end + 1) return;
  throw new ProtocolError(400, 'SIZE_INVALID', 'chunk has another length than its range', {
    detail: { announced: range.end + 1, received: session.size },
  });
}

function progress(session: UploadSession): OutgoingHttpHeaders {
  return {
    Location: `/v2/${session.repository}/blobs/uploads/${session.id}`,
    // There is no notation for "nothing"; clients know 0-0 from the original registry.
    Range: `0-${Math.max(session.size - 1, 0)}`,
    'Docker-Upload-UUID': session.id,
  };
}

function created(repository: string, digest: Hash): OutgoingHttpHeaders {
  return { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest };
}

import type { Readable } from 'node:stream';
import { isContainerError } from '../../errors/base.js';
import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { verified } from '../../internal/streams/verify.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { SessionRequest, SessionResponse } from '../../transport/session/session.js';
import type { Hash } from '../../v1/hash.js';
import type { RepositoryReader } from '../connection/connection.js';
import { blobName, blobPath } from '../connection/paths.js';
import { withoutEncoding } from './encoded-blob.js';
import { orNotFound } from '../connection/not-found.js';
import { type OpenAt, openRest, resumingBody } from './resuming-body.js';
import { watchDownload } from './watch-download.js';

/** What is known of a blob before it is downloaded. */
export interface BlobRequest {
  readonly digest: Hash;
  readonly size?: number | undefined;
  readonly urls?: readonly string[] | undefined;
}

/**
 * Opens a blob. The stream checks digest and size before its end, and resumes the download if the connection breaks.
 *
 * If the registry does not have the blob, its `urls` are tried in order, without credentials.
 *
 * @throws NotFoundError if no location has it.
 */
export async function openBlob(
  reader: RepositoryReader,
  blob: BlobRequest,
  options: AbortOptions = {},
): Promise<Readable> {
  const { settings } = reader;
  try {
    return await openAt(reader, blob, targetInRepository(reader, blob), options);
  } catch (error) {
    if (!(error instanceof NotFoundError) || blob.urls === undefined || !settings.foreignUrls) throw error;
    return openForeign(reader, blob, blob.urls, error, options);
  }
}

/**
 * Opens a blob from `offset` on, up to `length` bytes. The stream resumes the download if the connection breaks, and checks
 * only the size: the caller joins the parts and checks the digest. Fails for a blob that is only available from its `urls`.
 */
export async function openBlobFrom(
  reader: RepositoryReader,
  blob: BlobRequest & { readonly size: number },
  offset: number,
  { length, signal }: AbortOptions & { readonly length?: number | undefined } = {},
): Promise<Readable> {
  const subject = blobName(reader.repository, blob.digest);
  const end = length === undefined ? undefined : Math.min(offset + length, blob.size);
  const requests = requestsFor(reader, targetInRepository(reader, blob), end);
  const request = withoutEncoding(requests, blob, subject);
  const first = await orNotFound(subject, openRest(request, offset, { subject, size: blob.size }, signal));
  const watch = watchDownload(reader, blob, offset);
  const body = resumingBody(first, request, {
    subject,
    size: blob.size,
    start: offset,
    end,
    clock: reader.settings.clock,
    signal,
    onReached: watch.onReached,
    onResumed: watch.onResumed,
  });
  watch.until(body);
  return body;
}

type BlobTarget = Pick<SessionRequest, 'target' | 'scopes' | 'anonymous'>;

function targetInRepository({ repository }: RepositoryReader, { digest }: BlobRequest): BlobTarget {
  return { target: blobPath(repository, digest), scopes: [repository.scope('pull')] };
}

/**
 * A function that requests a blob from an offset on, up to `end` if it is given. At offset 0 it requests the complete blob,
 * because that is what its callers need if a range is of no use.
 */
function requestsFor({ session }: RepositoryReader, target: BlobTarget, end?: number): OpenAt {
  return async (offset, { signal }) =>
    session.request({
      ...target,
      method: 'GET',
      expect: offset === 0 ? [200] : [200, 206, 416],
      ...(offset > 0 && { headers: { range: `bytes=${offset}-${end === undefined ? '' : end - 1}` } }),
      signal,
    });
}

/** Opens the first URL that has the blob. If all fail, throws the failure of the first one. */
async function openForeign(
  reader: RepositoryReader,
  blob: BlobRequest,
  urls: readonly string[],
  missing: NotFoundError,
  options: AbortOptions,
): Promise<Readable> {
  let failure: unknown = missing;
  for (const url of urls) {
    if (!URL.canParse(url)) continue;
    const target = new URL(url);
    try {
      return await openAt(reader, blob, { target, scopes: [], anonymous: true }, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isContainerError(error)) throw error;
      if (failure === missing) failure = error;
    }
  }
  throw failure;
}

async function openAt(
  reader: RepositoryReader,
  blob: BlobRequest,
  target: BlobTarget,
  options: AbortOptions,
): Promise<Readable> {
  const subject = blobName(reader.repository, blob.digest);
  const request = withoutEncoding(requestsFor(reader, target), blob, subject);
  let response = await orNotFound(subject, request(0, options));
  const first = response;
  const announced = contentLength(first);
  if (announced !== undefined && blob.size !== undefined && announced !== blob.size) {
    discard(first.body);
    if (first.distrust !== undefined) {
      // The response came from a mirror, which is not asked again: the next attempt goes to another host.
      first.distrust();
      return openAt(reader, blob, target, options);
    }
    throw new SizeMismatchError(subject, blob.size, announced);
  }
  const size = blob.size ?? announced;
  const watch = watchDownload(reader, { ...blob, size }, 0);
  const requestAgain: OpenAt = async (offset, options) => (response = await request(offset, options));
  const body = resumingBody({ body: first.body, from: 0 }, requestAgain, {
    subject,
    size,
    clock: reader.settings.clock,
    signal: options.signal,
    onReached: watch.onReached,
    onResumed: watch.onResumed,
  });
  const content = verified(body, { digest: blob.digest, size, subject });
  content.once('error', (error) => {
    if (error instanceof DigestMismatchError || error instanceof SizeMismatchError) response.distrust?.();
  });
  watch.until(content);
  return content;
}

function contentLength(response: SessionResponse): number | undefined {
  const header = response.headers['content-length'];
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

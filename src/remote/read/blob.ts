import type { Readable } from 'node:stream';
import { isContainerError } from '../../errors/base.js';
import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { verified } from '../../internal/streams/verify.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { SessionRequest, SessionResponse } from '../../transport/session/session.js';
import type { Hash } from '../../v1/hash.js';
import { type Access, blobName, blobPath } from '../connection/paths.js';
import { withoutEncoding } from './encoded-blob.js';
import { orNotFound } from '../connection/not-found.js';
import { type OpenAt, openRest, resumingBody } from './resuming-body.js';
import { watchDownload } from './watch-download.js';

/** What is known of a blob before it is asked for. */
export interface BlobRequest {
  readonly digest: Hash;
  readonly size?: number | undefined;
  readonly urls?: readonly string[] | undefined;
}

/**
 * Opens a blob, checked against its digest and size, resumed when its connection breaks.
 *
 * A blob that the registry does not have is looked for at its `urls`, one after the other, without any
 * credentials.
 *
 * @throws {@link NotFoundError} if nobody has it.
 */
export async function openBlob(
  access: Access,
  blob: BlobRequest,
  options: AbortOptions = {},
): Promise<Readable> {
  const { settings } = access;
  try {
    return await openAt(access, blob, inRepository(access, blob), options);
  } catch (error) {
    if (!(error instanceof NotFoundError) || blob.urls === undefined || !settings.foreignUrls) throw error;
    return openForeign(access, blob, blob.urls, error, options);
  }
}

/**
 * Opens a blob from `offset` on, resumed when its connection breaks. Nothing but its size is checked: the parts are
 * put together elsewhere. One that only its `urls` have fails.
 */
export async function openBlobFrom(
  access: Access,
  blob: BlobRequest & { readonly size: number },
  offset: number,
  options: AbortOptions = {},
): Promise<Readable> {
  const subject = blobName(access.repository, blob.digest);
  const ask = withoutEncoding(asking(access, inRepository(access, blob)), blob, subject);
  const first = await orNotFound(
    subject,
    openRest(ask, offset, { subject, size: blob.size }, options.signal),
  );
  const watch = watchDownload(access, blob, offset);
  const body = resumingBody(first, ask, {
    subject,
    size: blob.size,
    start: offset,
    clock: access.settings.clock,
    signal: options.signal,
    onReached: watch.onReached,
    onResumed: watch.onResumed,
  });
  watch.until(body);
  return body;
}

type BlobTarget = Pick<SessionRequest, 'target' | 'scopes' | 'anonymous'>;

function inRepository({ repository }: Access, { digest }: BlobRequest): BlobTarget {
  return { target: blobPath(repository, digest), scopes: [repository.scope('pull')] };
}

/** Asks for a blob from an offset on. */
function asking({ session }: Access, place: BlobTarget): OpenAt {
  return async (offset, { signal }) =>
    session.request({
      ...place,
      method: 'GET',
      expect: offset === 0 ? [200] : [200, 206, 416],
      ...(offset > 0 && { headers: { range: `bytes=${offset}-` } }),
      signal,
    });
}

/** The first URL that answers wins; if none does, the first failure says why. */
async function openForeign(
  access: Access,
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
      return await openAt(access, blob, { target, scopes: [], anonymous: true }, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isContainerError(error)) throw error;
      if (failure === missing) failure = error;
    }
  }
  throw failure;
}

async function openAt(
  access: Access,
  blob: BlobRequest,
  place: BlobTarget,
  options: AbortOptions,
): Promise<Readable> {
  const subject = blobName(access.repository, blob.digest);
  const ask = withoutEncoding(asking(access, place), blob, subject);
  let response = await orNotFound(subject, ask(0, options));
  const first = response;
  const announced = contentLength(first);
  if (announced !== undefined && blob.size !== undefined && announced !== blob.size) {
    discard(first.body);
    if (first.distrust !== undefined) {
      // Of several places that have it, the next one is asked now.
      first.distrust();
      return openAt(access, blob, place, options);
    }
    throw new SizeMismatchError(subject, blob.size, announced);
  }
  const size = blob.size ?? announced;
  const watch = watchDownload(access, { ...blob, size }, 0);
  const askAgain: OpenAt = async (offset, options) => (response = await ask(offset, options));
  const body = resumingBody({ body: first.body, from: 0 }, askAgain, {
    subject,
    size,
    clock: access.settings.clock,
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

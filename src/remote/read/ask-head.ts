import type { AbortOptions } from '../../internal/async/abort.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { SessionResponse } from '../../transport/session/session.js';
import type { RepositoryReader } from '../connection/connection.js';
import { failureOf } from '../connection/not-found.js';
import { isLabelledHtml } from '../connection/unexpected-response.js';

/** The value of {@link HeadRequest.retryOn} if no GET follows: without a response, a blob may be uploaded in vain. */
export const TRY_LATER: readonly number[] = [408, 429, 502, 503, 504];

/**
 * How long to wait for a response to HEAD. Behind some proxies HEAD never ends although GET does, and if a registry
 * responds to neither, the operation has to fail within a minute.
 */
export const PATIENCE_MS = 12_000;

/** All statuses except redirects, which are followed, and 401, which asks for credentials. */
const FINAL: readonly number[] = Array.from({ length: 400 }, (_, index) => 200 + index).filter(
  (status) => status !== 401 && (status < 300 || status >= 400),
);

export interface HeadRequest extends AbortOptions {
  readonly target: string;
  readonly scopes: readonly string[];
  readonly accept?: string | undefined;
  /** Statuses after which HEAD is tried again, because they may pass. @default none */
  readonly retryOn?: readonly number[] | undefined;
}

/**
 * Sends a HEAD request. Gives its response if that is a 200 of the registry, or else undefined.
 *
 * HEAD saves a download where it works. Registries and storages without HEAD respond with 404, 405, 403, 412 or 500 to
 * what GET gives, redirect HEAD to nowhere, send a body after it, or never respond. So neither another status nor a
 * failure on the way means anything: the caller sends GET, or continues without the information.
 */
export async function askHead(
  { session }: RepositoryReader,
  { target, scopes, accept, retryOn = [], signal }: HeadRequest,
): Promise<SessionResponse | undefined> {
  try {
    const response = await session.request({
      method: 'HEAD',
      target,
      scopes,
      ...(accept !== undefined && { headers: { accept } }),
      expect: FINAL.filter((status) => !retryOn.includes(status)),
      headersTimeoutMs: PATIENCE_MS,
      // If a GET follows, it is the other attempt.
      ...(retryOn.length === 0 && { retry: false }),
      signal,
    });
    discard(response.body);
    return response.status === 200 && !isForeign(response, target) ? response : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    const step = failureOf(error)?.step;
    if (step !== 'request' && step !== 'redirect') throw error;
    return undefined;
  }
}

/** Whether a 200 comes from a login page, or is about content with another digest. */
function isForeign({ headers }: SessionResponse, target: string): boolean {
  const header = headers['docker-content-digest'];
  if (header === undefined) return isLabelledHtml(headers);
  const requested = parseDigest(target.slice(target.lastIndexOf('/') + 1));
  const reported = parseDigest(header);
  return (
    requested !== undefined && reported?.algorithm === requested.algorithm && reported.hex !== requested.hex
  );
}

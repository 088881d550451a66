import type { AbortOptions } from '../../internal/async/abort.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { SessionResponse } from '../../transport/session/session.js';
import type { Access } from '../connection/paths.js';
import { failureOf } from '../connection/not-found.js';
import { isLabelledHtml } from '../connection/unexpected-response.js';

export interface HeadRequest extends AbortOptions {
  readonly target: string;
  readonly scopes: readonly string[];
  readonly accept?: string | undefined;
  /** Statuses that say "later", after which HEAD itself is tried again instead of being given up at once. */
  readonly retryOn?: readonly number[] | undefined;
}

/** What {@link HeadRequest.retryOn} may be if no GET follows: going on without an answer may cost an upload. */
export const LATER: readonly number[] = [408, 429, 502, 503, 504];

/**
 * How long a response to HEAD is waited for. Behind some proxies HEAD never comes to an end where GET does, and a
 * registry that is silent to both has to fail within a minute.
 */
export const PATIENCE_MS = 12_000;

/**
 * Asks by HEAD. Undefined unless the response is a 200 of a registry.
 *
 * HEAD saves a download where it works. Registries and storages that lack it answer 404, 405, 403, 412 or 500 for what
 * GET gives, redirect it to nowhere, put a body behind it or never respond. So no other status and no failure on the
 * way means anything: the caller asks by GET, or does without.
 */
export async function askHead(
  { session }: Access,
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
      // GET is the other attempt.
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

/** Whether a 200 comes from a login page, or is about other content than was asked for. */
function isForeign({ headers }: SessionResponse, target: string): boolean {
  const told = headers['docker-content-digest'];
  if (told === undefined) return isLabelledHtml(headers);
  const options = parseDigest(target.slice(target.lastIndexOf('/') + 1));
  const given = parseDigest(told);
  return options !== undefined && given?.algorithm === options.algorithm && given.hex !== options.hex;
}

/** All statuses but redirects, which are followed, and 401, which asks for credentials. */
const FINAL: readonly number[] = Array.from({ length: 400 }, (_, index) => 200 + index).filter(
  (status) => status !== 401 && (status < 300 || status >= 400),
);

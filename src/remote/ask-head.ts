import type { AbortOptions } from '../internal/abort.js';
import { discard } from '../transport/read-capped.js';
import type { SessionResponse } from '../transport/session.js';
import type { Access } from './access.js';
import { answerOf } from './not-found.js';

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
 * Asks by HEAD. Undefined unless the response is a 200.
 *
 * HEAD saves a download where it works. Registries and storages that lack it answer 404, 405, 403, 412 or 500 for what
 * GET gives, so no other status means anything: the caller asks by GET, or does without.
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
      signal,
    });
    discard(response.body);
    return response.status === 200 ? response : undefined;
  } catch (error) {
    if (answerOf(error)?.status === undefined) throw error;
    return undefined;
  }
}

/** All statuses but redirects, which are followed, and 401, which asks for credentials. */
const FINAL: readonly number[] = Array.from({ length: 400 }, (_, index) => 200 + index).filter(
  (status) => status !== 401 && (status < 300 || status >= 400),
);

import type { AbortOptions } from '../../internal/async/abort.js';
import { newRegistry } from '../../name/registry.js';
import { Authorizer } from '../auth/authorizer.js';
import type { SessionOptions } from '../settings/session-options.js';
import { retrying } from '../wire/retry.js';
import { runAttempt } from './direct-session.js';
import type { SessionRequest, SessionResponse } from './session.js';
import { sessionContext } from './session-context.js';

/**
 * Requests a file from any URL, without credentials: redirects, retries and the checks of addresses are those of a
 * session. Private addresses are allowed if the host of the URL itself has one.
 *
 * @throws NotFoundError for status 404, and TransportError for every other failure.
 */
export async function fetchFile(url: URL, options: SessionOptions & AbortOptions): Promise<SessionResponse> {
  const { signal } = options;
  const registry = newRegistry(url.host, { insecure: url.protocol === 'http:' });
  const context = sessionContext(registry, options);
  const base = new URL(url.origin);
  // A request that is anonymous never uses the authorizer.
  const authorizer = new Authorizer(context, base, undefined);
  const request: SessionRequest = {
    ...{ method: 'GET', target: url, scopes: [], anonymous: true, expect: [200], signal },
    // The bytes are the file, so they must not be compressed on the way.
    headers: { 'accept-encoding': 'identity' },
  };
  const { retry: policy, clock } = context;
  return retrying(() => runAttempt(context, base, authorizer, request), { policy, clock, signal });
}

import { Readable } from 'node:stream';
import type { TransportStep } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { lazy } from '../../internal/async/lazy.js';
import type { Registry } from '../../name/reference.js';
import { Authorizer } from '../auth/authorizer.js';
import { isAnonymous } from '../auth/credentials.js';
import { checkError } from '../wire/check-error.js';
import type { HttpResponse } from '../guard/http-client.js';
import { documentBody } from '../wire/content-encoding.js';
import type { Context } from '../auth/context.js';
import { foreignAuthorization } from '../auth/foreign-token.js';
import { requestError, networkErrorCode } from '../wire/network-error.js';
import { type PingResult, pingKey, pingRegistry } from '../auth/ping.js';
import { discard } from '../wire/read-capped.js';
import { retrying } from '../wire/retry.js';
import type { Session, SessionRequest, SessionResponse } from './session.js';
import { sessionContext, sharedState } from './session-context.js';
import type { SessionOptions } from '../settings/session-options.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { parseServerUrl, sameOrigin, type UrlRules } from '../guard/url-guard.js';

const MAX_REDIRECTS = 5;

/**
 * A session with one registry that ignores the settings for mirrors.
 *
 * @throws TypeError if an option is invalid.
 * @throws AuthError if a certificate or key cannot be read.
 */
export function directSession(registry: Registry, options: SessionOptions): Session {
  const context = sessionContext(registry, options);
  const { pings } = sharedState(context.client);
  const key = pingKey(context);
  let authorizer: { readonly ping: PingResult; readonly value: Authorizer } | undefined;

  const ping = (options: AbortOptions): Promise<PingResult> => {
    const pinged = pings.get(key) ?? lazy((abort) => pingRegistry(context, abort));
    pings.set(key, pinged);
    return pinged(options);
  };
  const attempt = async (request: SessionRequest): Promise<SessionResponse> => {
    const pinged = await ping({ signal: request.signal });
    if (authorizer?.ping !== pinged) {
      authorizer = { ping: pinged, value: new Authorizer(context, pinged.base, pinged.challenge) };
    }
    try {
      return await readDocument(await runAttempt(context, pinged.base, authorizer.value, request), request);
    } catch (error) {
      // If the caller aborts while the body of an error is read, the reason of the abort is what the caller expects.
      request.signal?.throwIfAborted();
      // The server may have changed its scheme, so the next attempt pings it again.
      if (networkErrorCode(error) === 'EPROTO') pings.delete(key);
      throw error;
    }
  };

  return {
    registry,
    request(request) {
      if (request.retry === false) return attempt(request);
      return retrying(() => attempt(request), {
        policy: context.retry,
        clock: context.clock,
        signal: request.signal,
      });
    },
  };
}

/** Replaces the body of a document by one that was read completely. Other responses are returned as they are. */
async function readDocument(response: SessionResponse, request: SessionRequest): Promise<SessionResponse> {
  const { document, expect, signal } = request;
  if (document === undefined || !expect.includes(response.status)) return response;
  const bytes = await collect(documentBody(response, document), { ...document, signal });
  const headers = { ...response.headers, 'content-encoding': undefined };
  return { ...response, headers, body: ignoreLateErrors(Readable.from([bytes])) };
}

/** The maximum number of new authorizations for one request. A registry may name the scopes that it wants one after the other. */
const MAX_RENEWALS = 3;

/** Runs one attempt: sends the request, follows its redirects, and obtains a few new authorizations if necessary. */
export async function runAttempt(
  context: Context,
  base: URL,
  authorizer: Authorizer,
  request: SessionRequest,
): Promise<SessionResponse> {
  const { method, expect, signal } = request;
  let { scopes } = request;
  let renewals = 0;
  let url = targetUrl(request.target, base, context.connections);
  const firstUrl = url;
  let redirects = 0;
  const foreignTokens = new Map<string, string>();

  for (;;) {
    const isRegistry = sameOrigin(url, base);
    const trusted = isRegistry && request.anonymous !== true;
    const grant = trusted ? await authorizer.authorization(scopes, { signal }) : undefined;
    const authorization = trusted ? grant?.value : foreignTokens.get(url.origin);
    const step = redirects === 0 || isSameObject(url, firstUrl) ? 'request' : 'redirect';
    const response = await send(context, request, { url, isRegistry, trusted, step }, authorization);
    try {
      const { status } = response;
      if (grant?.token !== undefined && status !== 401 && status !== 403) grant.token.accepted = true;
      if (expect.includes(status)) return { ...response, url };
      const challenge = response.headers['www-authenticate'];
      if (trusted && (status === 401 || status === 403) && renewals < MAX_RENEWALS) {
        const wanted = await authorizer.refused(grant, { status, challenge }, scopes, { signal });
        if (wanted !== undefined) {
          renewals += 1;
          scopes = wanted;
          discard(response.body);
          continue;
        }
      }
      if (!trusted && status === 401 && !foreignTokens.has(url.origin)) {
        const token = await foreignAuthorization(context, url, challenge, { signal });
        if (token !== undefined) {
          foreignTokens.set(url.origin, token);
          discard(response.body);
          continue;
        }
      }
      const redirectedTo = redirectTarget(request, response, url, context.connections);
      if (redirectedTo !== undefined) {
        redirects += 1;
        if (redirects > MAX_REDIRECTS) throw requestError({ method, url, step }, 'too many redirects', false);
        discard(response.body);
        url = redirectedTo;
        continue;
      }
    } catch (error) {
      response.body.destroy();
      throw error;
    }
    const isRefused = response.status === 401 || response.status === 403;
    const hasCredentials = isRefused && trusted && !isAnonymous(await context.credentials({ signal }));
    await checkError(response, { method, url, step, hasCredentials }, expect);
  }
}

/**
 * Whether a redirect leads to the same object of another registry, as those of registry.k8s.io do. Then its response is
 * the response to the request. A failure of any other server, such as a storage service, does not mean that the
 * registry lacks the object.
 */
function isSameObject(url: URL, firstUrl: URL): boolean {
  const object = (of: URL): string => of.pathname.split('/').slice(-2).join('/');
  return url.pathname.startsWith('/v2/') && object(url) === object(firstUrl);
}

/** Only reads follow these statuses, which turn the method of any other request into GET. */
const REWRITING = new Set([301, 302, 303]);
/** These statuses preserve the method. */
const PRESERVING = new Set([307, 308]);

function redirectTarget(
  { method }: SessionRequest,
  response: HttpResponse,
  url: URL,
  rules: UrlRules,
): URL | undefined {
  const reads = method === 'GET' || method === 'HEAD';
  const isFollowed = PRESERVING.has(response.status) || (reads && REWRITING.has(response.status));
  const { location } = response.headers;
  return isFollowed && location !== undefined
    ? parseServerUrl(location, url, 'a redirect', rules)
    : undefined;
}

function targetUrl(target: string | URL, base: URL, rules: UrlRules): URL {
  if (target instanceof URL) return parseServerUrl(target.href, base, 'a URL', rules);
  const url = new URL(target, base);
  // `//host` and `/\host` would leave the registry.
  if (!target.startsWith('/') || !sameOrigin(url, base))
    throw new TypeError('`target` must be a path or a URL');
  return url;
}

/** Headers that every server may see. All other headers of a request are for the registry alone. */
const UNIVERSAL = new Set(['accept', 'range', 'if-range', 'content-type', 'content-length', 'content-range']);

/** One of the servers to which a request is sent. */
interface Hop {
  readonly url: URL;
  /** Whether the server is the registry itself. */
  readonly isRegistry: boolean;
  /** Whether the server may see credentials and headers that are for the registry alone. */
  readonly trusted: boolean;
  readonly step: TransportStep;
}

async function send(
  context: Context,
  request: SessionRequest,
  { url, isRegistry, trusted, step }: Hop,
  authorization: string | undefined,
): Promise<HttpResponse> {
  const { method, signal } = request;
  // This may throw, so it comes before the body is opened.
  const guard = isRegistry ? context.connections.registryGuard : context.connections.guardFor(url);
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => trusted || UNIVERSAL.has(name));
  const body = request.body instanceof Uint8Array ? request.body : await request.body?.open({ signal });
  const size =
    body instanceof Readable && !(request.body instanceof Uint8Array) ? request.body?.size : undefined;
  return context.wire({
    method,
    url,
    step,
    headers: {
      ...(trusted ? context.headers(url) : {}),
      ...(Object.fromEntries(headers) as Record<string, string>),
      ...(size === undefined ? {} : { 'content-length': String(size) }),
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
    tls: context.tls(url),
    guard,
    headersTimeoutMs: request.headersTimeoutMs,
    commitBytes: request.commitBytes,
    signal,
  });
}

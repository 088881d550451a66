import { Readable } from 'node:stream';
import type { TransportStep } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { lazy } from '../../internal/async/lazy.js';
import type { Registry } from '../../name/reference.js';
import { type Authorizer, newAuthorizer } from '../auth/authorizer.js';
import { checkError } from '../wire/check-error.js';
import type { HttpResponse } from '../guard/client.js';
import { documentBody } from '../wire/content-encoding.js';
import type { Context } from '../auth/context.js';
import { foreignAuthorization } from '../auth/foreign-token.js';
import { brokenOff, errorCode } from '../wire/network-error.js';
import { type PingResult, pingKey, pingRegistry } from '../auth/ping.js';
import { discard } from '../wire/read-capped.js';
import { retrying } from '../wire/retry.js';
import type { Session, SessionRequest, SessionResponse } from './session.js';
import { sessionContext, sharedBy } from './session-context.js';
import type { SessionOptions } from '../settings/session-options.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { parseServerUrl, sameOrigin, type UrlRules } from '../guard/url-guard.js';

const MAX_REDIRECTS = 5;

/**
 * A conversation with one registry, whatever the settings say about mirrors.
 *
 * @throws TypeError on options that make no sense.
 * @throws {@link AuthError} on certificates that cannot be read.
 */
export function directSession(registry: Registry, options: SessionOptions): Session {
  const context = sessionContext(registry, options);
  const { pings } = sharedBy(context.client);
  const key = pingKey(context);
  let authorizer: { readonly ping: PingResult; readonly value: Authorizer } | undefined;

  const ping = (options: AbortOptions): Promise<PingResult> => {
    const known = pings.get(key) ?? lazy((waiting) => pingRegistry(context, waiting));
    pings.set(key, known);
    return known(options);
  };
  const attempt = async (request: SessionRequest): Promise<SessionResponse> => {
    const known = await ping({ signal: request.signal });
    if (authorizer?.ping !== known) {
      authorizer = { ping: known, value: newAuthorizer(context, known.base, known.challenge) };
    }
    try {
      return await whole(await converse(context, known.base, authorizer.value, request), request);
    } catch (error) {
      // Who aborts while the body of an error is read wants to see the reason of the abort.
      request.signal?.throwIfAborted();
      // A server that changed its scheme is asked anew.
      if (errorCode(error) === 'EPROTO') pings.delete(key);
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

/** Reads the body of a document. */
async function whole(response: SessionResponse, request: SessionRequest): Promise<SessionResponse> {
  const { document, expect, signal } = request;
  if (document === undefined || !expect.includes(response.status)) return response;
  const bytes = await collect(documentBody(response, document), { ...document, signal });
  const headers = { ...response.headers, 'content-encoding': undefined };
  return { ...response, headers, body: ignoreLateErrors(Readable.from([bytes])) };
}

/** New authorizations for one request: a registry may name the scopes that it wants one after the other. */
const MAX_RENEWALS = 3;

/** One attempt: the request, its redirects, and a few new authorizations. */
async function converse(
  context: Context,
  base: URL,
  authorizer: Authorizer,
  request: SessionRequest,
): Promise<SessionResponse> {
  const { method, expect, signal } = request;
  let { scopes } = request;
  let renewals = 0;
  let url = targetUrl(request.target, base, context.reach);
  const first = url;
  let redirects = 0;
  const foreign = new Map<string, string>();

  for (;;) {
    const own = sameOrigin(url, base);
    const trusted = own && request.anonymous !== true;
    const grant = trusted ? await authorizer.authorization(scopes, { signal }) : undefined;
    const authorization = trusted ? grant?.value : foreign.get(url.origin);
    const step = redirects === 0 || isSameObject(url, first) ? 'request' : 'redirect';
    const response = await send(context, request, { url, own, trusted, step }, authorization);
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
      if (!trusted && status === 401 && !foreign.has(url.origin)) {
        const token = await foreignAuthorization(context, url, challenge, { signal });
        if (token !== undefined) {
          foreign.set(url.origin, token);
          discard(response.body);
          continue;
        }
      }
      const next = redirectTarget(request, response, url, context.reach);
      if (next !== undefined) {
        redirects += 1;
        if (redirects > MAX_REDIRECTS) throw brokenOff({ method, url, step }, 'too many redirects', false);
        discard(response.body);
        url = next;
        continue;
      }
    } catch (error) {
      response.body.destroy();
      throw error;
    }
    await checkError(response, { method, url, step }, expect);
  }
}

/**
 * Whether a redirect leads to the same object of another registry, as registry.k8s.io does: its response is the
 * response to the request. Anything else, such as a storage service, only says how far the registry's word holds.
 */
function isSameObject(url: URL, first: URL): boolean {
  const object = (of: URL): string => of.pathname.split('/').slice(-2).join('/');
  return url.pathname.startsWith('/v2/') && object(url) === object(first);
}

/** Statuses that only reads follow, because they would turn anything else into a GET. */
const REWRITING = new Set([301, 302, 303]);
const PRESERVING = new Set([307, 308]);

function redirectTarget(
  { method }: SessionRequest,
  response: HttpResponse,
  url: URL,
  rules: UrlRules,
): URL | undefined {
  const reads = method === 'GET' || method === 'HEAD';
  const follows = PRESERVING.has(response.status) || (reads && REWRITING.has(response.status));
  const { location } = response.headers;
  return follows && location !== undefined ? parseServerUrl(location, url, 'a redirect', rules) : undefined;
}

function targetUrl(target: string | URL, base: URL, rules: UrlRules): URL {
  if (target instanceof URL) return parseServerUrl(target.href, base, 'a URL', rules);
  const url = new URL(target, base);
  // `//host` and `/\host` would leave the registry.
  if (!target.startsWith('/') || !sameOrigin(url, base))
    throw new TypeError('`target` must be a path or a URL');
  return url;
}

/** Headers that mean the same to every server; what else a request has is for the registry alone. */
const UNIVERSAL = new Set(['accept', 'range', 'if-range', 'content-type', 'content-length', 'content-range']);

/** One of the servers that a request comes to. */
interface Hop {
  readonly url: URL;
  /** The registry itself. */
  readonly own: boolean;
  /** Whether it may see what is for the registry alone. */
  readonly trusted: boolean;
  readonly step: TransportStep;
}

async function send(
  context: Context,
  request: SessionRequest,
  { url, own, trusted, step }: Hop,
  authorization: string | undefined,
): Promise<HttpResponse> {
  const { method, signal } = request;
  // May refuse, so it comes before the body is opened.
  const guard = own ? context.reach.own : context.reach.foreign(url);
  const options = Object.entries(request.headers ?? {}).filter(([name]) => trusted || UNIVERSAL.has(name));
  const body = request.body instanceof Uint8Array ? request.body : await request.body?.open({ signal });
  const size =
    body instanceof Readable && !(request.body instanceof Uint8Array) ? request.body?.size : undefined;
  return context.wire({
    method,
    url,
    step,
    headers: {
      ...(trusted ? context.headers(url) : {}),
      ...(Object.fromEntries(options) as Record<string, string>),
      ...(size === undefined ? {} : { 'content-length': String(size) }),
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
    tls: context.tls(url),
    guard,
    headersTimeoutMs: request.headersTimeoutMs,
    commits: request.commits,
    signal,
  });
}

import { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/abort.js';
import { collect } from '../internal/collect.js';
import { lazy } from '../internal/lazy.js';
import type { Registry } from '../name/reference.js';
import { type Authorizer, newAuthorizer } from './authorizer.js';
import { checkError } from './check-error.js';
import type { HttpResponse } from './client.js';
import { documentBody } from './content-encoding.js';
import type { Context } from './context.js';
import { foreignAuthorization } from './foreign-token.js';
import { brokenOff, errorCode } from './network-error.js';
import { type PingResult, pingKey, pingRegistry } from './ping.js';
import { discard } from './read-capped.js';
import { retrying } from './retry.js';
import type { Session, SessionRequest, SessionResponse } from './session.js';
import { sessionContext, sharedBy } from './session-context.js';
import type { SessionOptions } from './session-options.js';
import { parseServerUrl, sameOrigin } from './url-guard.js';

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
  return { ...response, headers, body: Readable.from([bytes]) };
}

/** One attempt: the request, its redirects, and at most one new authorization per server. */
async function converse(
  context: Context,
  base: URL,
  authorizer: Authorizer,
  request: SessionRequest,
): Promise<SessionResponse> {
  const { method, scopes, expect, signal } = request;
  let url = targetUrl(request.target, base);
  let redirects = 0;
  const renewed = new Set<string>();
  const foreign = new Map<string, string>();

  for (;;) {
    const own = sameOrigin(url, base);
    const trusted = own && request.anonymous !== true;
    const authorization = trusted
      ? await authorizer.authorization(scopes, { signal })
      : foreign.get(url.origin);
    const response = await send(context, request, url, { own, trusted }, authorization);
    try {
      if (expect.includes(response.status)) return { ...response, url };
      if (response.status === 401 && !renewed.has(url.origin)) {
        renewed.add(url.origin);
        const header = response.headers['www-authenticate'];
        if (trusted) {
          if (authorizer.refused(authorization, header)) {
            discard(response.body);
            continue;
          }
        } else {
          const token = await foreignAuthorization(context, url, header, { signal });
          if (token !== undefined) {
            foreign.set(url.origin, token);
            discard(response.body);
            continue;
          }
        }
      }
      const next = redirectTarget(request, response, url);
      if (next !== undefined) {
        redirects += 1;
        if (redirects > MAX_REDIRECTS) throw brokenOff({ method, url }, 'too many redirects', false);
        discard(response.body);
        url = next;
        continue;
      }
    } catch (error) {
      response.body.destroy();
      throw error;
    }
    await checkError(response, { method, url }, expect);
  }
}

/** Statuses that only reads follow, because they would turn anything else into a GET. */
const REWRITING = new Set([301, 302, 303]);
const PRESERVING = new Set([307, 308]);

function redirectTarget({ method }: SessionRequest, response: HttpResponse, url: URL): URL | undefined {
  const reads = method === 'GET' || method === 'HEAD';
  const follows = PRESERVING.has(response.status) || (reads && REWRITING.has(response.status));
  const { location } = response.headers;
  return follows && location !== undefined ? parseServerUrl(location, url, 'a redirect') : undefined;
}

function targetUrl(target: string | URL, base: URL): URL {
  if (target instanceof URL) return parseServerUrl(target.href, base, 'a URL');
  const url = new URL(target, base);
  // `//host` and `/\host` would leave the registry.
  if (!target.startsWith('/') || !sameOrigin(url, base))
    throw new TypeError('`target` must be a path or a URL');
  return url;
}

/** Headers that mean the same to every server; what else a request has is for the registry alone. */
const UNIVERSAL = new Set(['accept', 'range', 'if-range', 'content-type', 'content-length', 'content-range']);

async function send(
  context: Context,
  request: SessionRequest,
  url: URL,
  { own, trusted }: { readonly own: boolean; readonly trusted: boolean },
  authorization: string | undefined,
): Promise<HttpResponse> {
  const { method, signal } = request;
  const asked = Object.entries(request.headers ?? {}).filter(([name]) => trusted || UNIVERSAL.has(name));
  const body = request.body instanceof Uint8Array ? request.body : await request.body?.open({ signal });
  const size =
    body instanceof Readable && !(request.body instanceof Uint8Array) ? request.body?.size : undefined;
  return context.wire({
    method,
    url,
    headers: {
      ...(trusted ? context.headers(url) : {}),
      ...(Object.fromEntries(asked) as Record<string, string>),
      ...(size === undefined ? {} : { 'content-length': String(size) }),
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
    tls: context.tls(url),
    guard: own ? context.reach.own : context.reach.foreign(url),
    signal,
  });
}

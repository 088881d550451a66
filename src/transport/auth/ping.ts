import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { printable } from '../../internal/printable.js';
import { type Challenge, chooseChallenge, parseChallenges } from './challenge.js';
import { errorFromResponse, isTemporaryStatus, parseDiagnostics } from '../wire/check-error.js';
import type { HttpResponse } from '../guard/http-client.js';
import type { Context } from './context.js';
import { isLoopbackHost } from '../guard/address-guard.js';
import {
  requestError,
  CLIENT_CERTIFICATE_HINT,
  networkErrorCode,
  NO_RESPONSE,
} from '../wire/network-error.js';
import { readText } from '../wire/content-encoding.js';
import { discard } from '../wire/read-capped.js';
import { redactUrl } from '../wire/redact.js';
import { retrying } from '../wire/retry.js';
import { tlsKey } from '../http/tls.js';
import { parseServerUrl, sameOrigin } from '../guard/url-guard.js';

/** What a ping learned about a registry. */
export interface PingResult {
  /** The scheme, host and port at which the registry responds. */
  readonly base: URL;
  /** How the registry authenticates clients; undefined if it does not. */
  readonly challenge: Challenge | undefined;
}

const BODY_CAP = 64 * 1024;
const MAX_REDIRECTS = 5;

/**
 * Checks that a server is a registry, and learns how it authenticates clients.
 *
 * A loopback registry is asked by http first and then by https, a registry that is marked insecure by https first. All
 * others are asked by https only, so that an attacker who breaks TLS cannot force plain http.
 */
export async function pingRegistry(context: Context, options: AbortOptions): Promise<PingResult> {
  const { clock, retry: policy } = context;
  return retrying(() => pingOnce(context, options), { policy, clock, signal: options.signal });
}

async function pingOnce(context: Context, options: AbortOptions): Promise<PingResult> {
  const schemes = schemesOf(context);
  let failure: unknown;
  for (const scheme of schemes) {
    try {
      return await pingWithScheme(context, scheme, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      failure = failure === undefined ? error : moreInformative(failure, error);
      if (!suggestsOtherScheme(error, scheme)) break;
    }
  }
  throw failure;
}

type Scheme = 'http' | 'https';

function schemesOf({ registry, insecure }: Context): readonly Scheme[] {
  if (registry.scheme() === 'https' && !insecure) return ['https'];
  return isLoopbackHost(registry.registryStr()) ? ['http', 'https'] : ['https', 'http'];
}

/** Whether a failure may mean that the registry speaks the other scheme. */
function suggestsOtherScheme(error: unknown, scheme: Scheme): boolean {
  if (!(error instanceof TransportError)) return false;
  if (scheme === 'http' && error.status === 400)
    return /https?/i.test(error.message.slice(error.message.indexOf(': ')));
  // If only http has a proxy, that proxy may know a host that is unknown here. A timeout says nothing about the scheme.
  return error.status === undefined && networkErrorCode(error) !== NO_RESPONSE;
}

/** Chooses the failure that helps the user more: a certificate error rather than a closed connection, and any error rather than an unknown host. */
function moreInformative(first: unknown, second: unknown): unknown {
  if (['ENOTFOUND', 'EAI_AGAIN'].includes(networkErrorCode(first) ?? '')) return second;
  const code = networkErrorCode(second) ?? '';
  return /CERT|SELF_SIGNED|VERIFY/.test(code) ? second : first;
}

async function pingWithScheme(
  context: Context,
  scheme: Scheme,
  { signal }: AbortOptions,
): Promise<PingResult> {
  const base = new URL(`${scheme}://${context.registry.registryStr()}`);
  let url = new URL('/v2/', base);
  for (let hops = 0; ; hops += 1) {
    const isRegistry = sameOrigin(url, base);
    const response = await context.wire({
      method: 'GET',
      url,
      step: 'ping',
      headers: isRegistry ? context.headers(url) : {},
      guard: isRegistry ? context.connections.registryGuard : context.connections.guardFor(url),
      tls: context.tls(url),
      signal,
    });
    const { location } = response.headers;
    if (location !== undefined && [301, 302, 303, 307, 308].includes(response.status)) {
      discard(response.body);
      if (hops === MAX_REDIRECTS)
        throw requestError({ method: 'GET', url, step: 'ping' }, 'too many redirects', false);
      url = parseServerUrl(location, url, 'a redirect', context.connections);
      continue;
    }
    const challenge = await challengeFrom(response, url);
    // A redirect from http to https on the same host shows the scheme of the registry; one to another host does not.
    return {
      base: sameOrigin(url, base) || url.hostname !== base.hostname ? base : new URL(url.origin),
      challenge,
    };
  }
}

/**
 * The challenge in the response of a registry; undefined if it does not authenticate clients.
 *
 * @throws TransportError if the response is not that of a registry.
 */
async function challengeFrom(response: HttpResponse, url: URL): Promise<Challenge | undefined> {
  const { status, headers } = response;
  const request = { method: 'GET', url, step: 'ping' } as const;
  if (status === 401) {
    discard(response.body);
    return chooseChallenge(parseChallenges(headers['www-authenticate'] ?? ''));
  }
  if (isTemporaryStatus(status)) throw await errorFromResponse(response, request);
  const text = (
    await readText(response, BODY_CAP).catch(() => ({ bytes: Buffer.alloc(0) }))
  ).bytes.toString();
  const version = headers['docker-distribution-api-version'] !== undefined;
  const html = /html/i.test(headers['content-type'] ?? '') || text.trimStart().startsWith('<');
  if (status === 200 && (version || !html)) return undefined;
  // Some registries forbid or lack this endpoint, and serve all others.
  if ([403, 404, 405].includes(status) && (version || parseDiagnostics(text).length > 0)) return undefined;
  const excerpt = printable(text, 256);
  const redactedUrl = redactUrl(url);
  // nginx sends a page where other servers send a TLS alert.
  const wantsCertificate = status === 400 && /SSL certificate/i.test(text);
  throw new TransportError(
    `GET ${redactedUrl}: not a registry: status ${status}${excerpt === '' ? '' : `: ${excerpt}`}`,
    {
      method: 'GET',
      url: redactedUrl,
      step: 'ping',
      status,
      hint: wantsCertificate
        ? CLIENT_CERTIFICATE_HINT
        : 'check the name of the registry, and whether a proxy or login page responds in its place',
    },
  );
}

/** Two sessions share the result of a ping if they have the same key. */
export function pingKey(context: Context): string {
  const { registry } = context;
  const tls = context.tls(new URL(`https://${registry.registryStr()}`)) ?? {};
  return JSON.stringify([registry.registryStr(), schemesOf(context), tlsKey(tls)]);
}

import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { printable } from '../../internal/printable.js';
import { type Challenge, chooseChallenge, parseChallenges } from './challenge.js';
import { errorFromResponse, isTemporaryStatus, parseDiagnostics } from '../wire/check-error.js';
import type { HttpResponse } from '../guard/client.js';
import type { Context } from './context.js';
import { isLoopbackHost } from '../guard/guard.js';
import { brokenOff, CLIENT_CERTIFICATE_HINT, errorCode, NO_RESPONSE } from '../wire/network-error.js';
import { readText } from '../wire/content-encoding.js';
import { discard } from '../wire/read-capped.js';
import { redactUrl } from '../wire/redact.js';
import { retrying } from '../wire/retry.js';
import { tlsKey } from '../http/tls.js';
import { parseServerUrl, sameOrigin } from '../guard/url-guard.js';

/** What a registry said about itself. */
export interface PingResult {
  /** Scheme, host and port at which it answers. */
  readonly base: URL;
  /** How it wants to be authenticated; undefined if it lets everybody in. */
  readonly challenge: Challenge | undefined;
}

const BODY_CAP = 64 * 1024;
const MAX_REDIRECTS = 5;

/**
 * Asks a registry whether it is one, and how it wants to be authenticated.
 *
 * Loopback is asked by http first, registries marked insecure by https first; all others are asked by https only, so
 * that breaking TLS never leads to plain http.
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
      return await pingBy(context, scheme, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      failure = failure === undefined ? error : moreTelling(failure, error);
      if (!speaksOther(error, scheme)) break;
    }
  }
  throw failure;
}

type Scheme = 'http' | 'https';

function schemesOf({ registry, insecure }: Context): readonly Scheme[] {
  if (registry.scheme() === 'https' && !insecure) return ['https'];
  return isLoopbackHost(registry.registryStr()) ? ['http', 'https'] : ['https', 'http'];
}

/** Whether a failure may come from asking by the wrong scheme. */
function speaksOther(error: unknown, scheme: Scheme): boolean {
  if (!(error instanceof TransportError)) return false;
  if (scheme === 'http' && error.status === 400)
    return /https?/i.test(error.message.slice(error.message.indexOf(': ')));
  // A name that is unknown here may be known to the proxy that only http has. Silence is no sign of another scheme.
  return error.status === undefined && errorCode(error) !== NO_RESPONSE;
}

/** Of two failures, the one that says more: a certificate's over a closed connection's, a proxy's over a missing name. */
function moreTelling(first: unknown, second: unknown): unknown {
  if (['ENOTFOUND', 'EAI_AGAIN'].includes(errorCode(first) ?? '')) return second;
  const code = errorCode(second) ?? '';
  return /CERT|SELF_SIGNED|VERIFY/.test(code) ? second : first;
}

async function pingBy(context: Context, scheme: Scheme, { signal }: AbortOptions): Promise<PingResult> {
  const base = new URL(`${scheme}://${context.registry.registryStr()}`);
  let url = new URL('/v2/', base);
  for (let hops = 0; ; hops += 1) {
    const own = sameOrigin(url, base);
    const response = await context.wire({
      method: 'GET',
      url,
      step: 'ping',
      headers: own ? context.headers(url) : {},
      guard: own ? context.reach.own : context.reach.foreign(url),
      tls: context.tls(url),
      signal,
    });
    const { location } = response.headers;
    if (location !== undefined && [301, 302, 303, 307, 308].includes(response.status)) {
      discard(response.body);
      if (hops === MAX_REDIRECTS)
        throw brokenOff({ method: 'GET', url, step: 'ping' }, 'too many redirects', false);
      url = parseServerUrl(location, url, 'a redirect', context.reach);
      continue;
    }
    const challenge = await judge(response, url);
    // A redirect from http to https on the same host tells the scheme, one to another host tells nothing.
    return {
      base: sameOrigin(url, base) || url.hostname !== base.hostname ? base : new URL(url.origin),
      challenge,
    };
  }
}

/** Tells a registry's answer from that of anything else. */
async function judge(response: HttpResponse, url: URL): Promise<Challenge | undefined> {
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
  // Some registries forbid or lack this page, and serve the rest.
  if ([403, 404, 405].includes(status) && (version || parseDiagnostics(text).length > 0)) return undefined;
  const excerpt = printable(text, 256);
  const shown = redactUrl(url);
  // nginx explains in a page what other servers tell by a TLS alert.
  const wantsCertificate = status === 400 && /SSL certificate/i.test(text);
  throw new TransportError(
    `GET ${shown}: not a registry: status ${status}${excerpt === '' ? '' : `: ${excerpt}`}`,
    {
      method: 'GET',
      url: shown,
      step: 'ping',
      status,
      hint: wantsCertificate
        ? CLIENT_CERTIFICATE_HINT
        : 'check the name of the registry, and whether a proxy or login page answers in its place',
    },
  );
}

/** What decides whether two conversations may share the answer to a ping. */
export function pingKey(context: Context): string {
  const { registry } = context;
  const tls = context.tls(new URL(`https://${registry.registryStr()}`)) ?? {};
  return JSON.stringify([registry.registryStr(), schemesOf(context), tlsKey(tls)]);
}

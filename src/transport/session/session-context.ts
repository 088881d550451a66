import { resolveAuth } from '../../authn/resolve-auth.js';
import type { Authenticator } from '../../authn/config/authenticator.js';
import { systemClock } from '../../internal/async/clock.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import { version } from '../../internal/version.js';
import type { Registry } from '../../name/reference.js';
import type { HttpClient } from '../guard/client.js';
import type { Context } from '../auth/context.js';
import { type Gate, newGate, type RequestLimits } from '../wire/gate.js';
import { newGotClient } from '../http/got-client.js';
import { isLoopbackHost } from '../guard/guard.js';
import { type HostPattern, hostPatterns } from '../guard/host-pattern.js';
import { hostSettings, tlsOptions } from '../settings/host-settings.js';
import { checkLimits } from '../settings/limits.js';
import type { PingResult } from '../auth/ping.js';
import { newReach } from '../guard/reach.js';
import { resolveRetry } from '../wire/retry.js';
import type { SessionOptions, TransportOptions } from '../settings/session-options.js';
import { newTokenCache, type TokenCache } from '../auth/token-cache.js';
import { newWire } from '../wire/wire.js';

/** What sessions of one client know together. */
export interface Shared {
  readonly tokens: TokenCache;
  readonly pings: Map<string, Lazy<PingResult>>;
  /** What token servers replaced identity tokens by. */
  readonly rotated: Map<string, string>;
  /** What holds requests to a host back, by host and limits. */
  readonly gates: Map<string, Gate>;
  /** Until when which mirrors are left alone, after a failure. */
  readonly aside: Map<string, number>;
}

const shared = new WeakMap<HttpClient, Shared>();

export function sharedBy(client: HttpClient): Shared {
  const known = shared.get(client) ?? {
    tokens: newTokenCache(),
    pings: new Map(),
    rotated: new Map(),
    gates: new Map(),
    aside: new Map(),
  };
  shared.set(client, known);
  return known;
}

const defaultClients = new Map<string, HttpClient>();

/** One client for the whole process, so that connections are used again; one more for each set of timeouts. */
export function defaultClient(timeouts: TransportOptions['timeouts'] = {}): HttpClient {
  const key = JSON.stringify(Object.entries(timeouts).sort());
  const client = defaultClients.get(key) ?? newGotClient(timeouts);
  defaultClients.set(key, client);
  return client;
}

/**
 * Checks the options of a session and makes what its parts share. Sends nothing.
 *
 * @throws TypeError on options that make no sense; AuthError on certificates that cannot be read.
 */
export function sessionContext(registry: Registry, options: SessionOptions): Context {
  const { auth, clock = systemClock } = options;
  checkLimits(options);
  const client = options.client ?? defaultClient(options.timeouts);
  const hosts = hostSettings(options.registries);
  const own = new URL(`https://${registry.registryStr()}`);
  const settings = hosts.of(own)?.settings ?? {};
  // `scheme()` is http for loopback too, which is asked by http without being insecure.
  const marked = registry.scheme() === 'http' && !isLoopbackHost(registry.registryStr());
  const insecure = options.insecure === true || settings.insecure === true || marked;
  const ownTls = tlsOptions(settings, insecure);
  const authenticator: Lazy<Authenticator> | undefined =
    auth && lazy(async ({ signal }) => resolveAuth(auth, registry, { signal }));

  const gate = (url: URL): Gate | undefined => {
    const ofHost = hosts.of(url)?.settings ?? {};
    const general = url.host === own.host ? options : {};
    return gateFor(client, url.host, {
      requestsPerSecond: ofHost.requestsPerSecond ?? general.requestsPerSecond,
      maxConcurrentRequests: ofHost.maxConcurrentRequests ?? general.maxConcurrentRequests,
    });
  };
  const patterns = (member: 'trustedRealms' | 'allowedHosts'): readonly HostPattern[] =>
    hostPatterns(member, [...(options[member] ?? []), ...(settings[member] ?? [])]);
  const { userAgent, onWarning } = options;

  return {
    registry,
    client,
    wire: newWire({ client, userAgent: fullUserAgent(userAgent), onWarning, gate, clock }),
    clock,
    retry: resolveRetry(options.retry),
    reach: newReach(own, { allowedHosts: patterns('allowedHosts'), insecure }),
    tokens: sharedBy(client).tokens,
    rotated: sharedBy(client).rotated,
    insecure,
    trustedRealms: patterns('trustedRealms'),
    tls: (url) => (url.host === own.host ? ownTls : hosts.of(url)?.tls),
    headers: (url) => hosts.of(url)?.settings.headers ?? {},
    async credentials(options) {
      if (authenticator === undefined) return {};
      return (await authenticator(options)).authorization(options);
    },
  };
}

function fullUserAgent(prefix: string | undefined): string {
  const own = `containerregistry/${version}`;
  if (prefix === undefined || prefix === '') return own;
  if (!/^[\x20-\x7e]+$/.test(prefix)) throw new TypeError('`userAgent` must be printable ASCII');
  return `${prefix} ${own}`;
}

/** One gate for all sessions of a client that have the same limits; none without limits. */
function gateFor(client: HttpClient, host: string, limits: RequestLimits): Gate | undefined {
  const { requestsPerSecond, maxConcurrentRequests } = limits;
  if (requestsPerSecond === undefined && maxConcurrentRequests === undefined) return undefined;
  const { gates } = sharedBy(client);
  const key = JSON.stringify([host, requestsPerSecond, maxConcurrentRequests]);
  const gate = gates.get(key) ?? newGate(limits);
  gates.set(key, gate);
  return gate;
}

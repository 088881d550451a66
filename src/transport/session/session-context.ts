import { resolveAuth } from '../../authn/resolve-auth.js';
import type { Authenticator } from '../../authn/config/authenticator.js';
import { systemClock } from '../../internal/async/clock.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import { version } from '../../internal/version.js';
import type { Registry } from '../../name/reference.js';
import type { HttpClient } from '../guard/http-client.js';
import type { Context } from '../auth/context.js';
import { Gate, type RequestLimits } from '../wire/gate.js';
import { newGotClient } from '../http/got-client.js';
import { isLoopbackHost } from '../guard/address-guard.js';
import { type HostPattern, hostPatterns } from '../guard/host-pattern.js';
import { hostSettings, tlsOptions } from '../settings/host-settings.js';
import { checkLimits } from '../settings/limits.js';
import type { PingResult } from '../auth/ping.js';
import { newConnectionPolicy } from '../guard/connection-policy.js';
import { resolveRetry } from '../wire/retry.js';
import type { SessionOptions, TransportOptions } from '../settings/session-options.js';
import { newTokenCache, type TokenCache } from '../auth/token-cache.js';
import { newWire } from '../wire/wire.js';

/** The state that all sessions of one client share. */
export interface SharedState {
  readonly tokens: TokenCache;
  /** Results of pings, by {@link pingKey}. */
  readonly pings: Map<string, Lazy<PingResult>>;
  /** The newest identity tokens, where a token server replaced the one that was sent; see `Context`. */
  readonly replacedIdentityTokens: Map<string, string>;
  /** The gates that limit requests, by host and limits. */
  readonly gates: Map<string, Gate>;
  /** The time, in milliseconds since the epoch, until which a host or repository that failed is not asked as a mirror. */
  readonly suspendedMirrors: Map<string, number>;
}

const states = new WeakMap<HttpClient, SharedState>();

export function sharedState(client: HttpClient): SharedState {
  const state = states.get(client) ?? {
    tokens: newTokenCache(),
    pings: new Map(),
    replacedIdentityTokens: new Map(),
    gates: new Map(),
    suspendedMirrors: new Map(),
  };
  states.set(client, state);
  return state;
}

const defaultClients = new Map<string, HttpClient>();

/** The client of the whole process, so that connections are reused. Each set of timeouts has a client of its own. */
export function defaultClient(timeouts: TransportOptions['timeouts'] = {}): HttpClient {
  const key = JSON.stringify(Object.entries(timeouts).sort());
  const client = defaultClients.get(key) ?? newGotClient(timeouts);
  defaultClients.set(key, client);
  return client;
}

/**
 * Checks the options of a session and creates the objects that its parts share. Sends nothing.
 *
 * @throws TypeError if an option is invalid.
 * @throws AuthError if a certificate or key cannot be read.
 */
export function sessionContext(registry: Registry, options: SessionOptions): Context {
  const { auth, clock = systemClock } = options;
  checkLimits(options);
  const client = options.client ?? defaultClient(options.timeouts);
  const hosts = hostSettings(options.registries);
  const registryUrl = new URL(`https://${registry.registryStr()}`);
  const settings = hosts.entryFor(registryUrl)?.settings ?? {};
  // `scheme()` is http for loopback, too, which is asked by http although it is not marked insecure.
  const isMarkedInsecure = registry.scheme() === 'http' && !isLoopbackHost(registry.registryStr());
  const insecure = options.insecure === true || settings.insecure === true || isMarkedInsecure;
  const ownTls = tlsOptions(settings, insecure);
  const authenticator: Lazy<Authenticator> | undefined =
    auth && lazy(async ({ signal }) => resolveAuth(auth, registry, { signal }));

  const gate = (url: URL): Gate | undefined => {
    const hostLimits = hosts.entryFor(url)?.settings ?? {};
    const registryLimits = url.host === registryUrl.host ? options : {};
    return gateFor(client, url.host, {
      requestsPerSecond: hostLimits.requestsPerSecond ?? registryLimits.requestsPerSecond,
      maxConcurrentRequests: hostLimits.maxConcurrentRequests ?? registryLimits.maxConcurrentRequests,
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
    connections: newConnectionPolicy(registryUrl, { allowedHosts: patterns('allowedHosts'), insecure }),
    tokens: sharedState(client).tokens,
    replacedIdentityTokens: sharedState(client).replacedIdentityTokens,
    insecure,
    trustedRealms: patterns('trustedRealms'),
    tls: (url) => (url.host === registryUrl.host ? ownTls : hosts.entryFor(url)?.tls),
    headers: (url) => hosts.entryFor(url)?.settings.headers ?? {},
    async credentials(options) {
      if (authenticator === undefined) return {};
      return (await authenticator(options)).authorization(options);
    },
  };
}

function fullUserAgent(prefix: string | undefined): string {
  const packageAgent = `containerregistry/${version}`;
  if (prefix === undefined || prefix === '') return packageAgent;
  if (!/^[\x20-\x7e]+$/.test(prefix)) throw new TypeError('`userAgent` must be printable ASCII');
  return `${prefix} ${packageAgent}`;
}

/** The gate that all sessions of a client with the same limits share; undefined if there are no limits. */
function gateFor(client: HttpClient, host: string, limits: RequestLimits): Gate | undefined {
  const { requestsPerSecond, maxConcurrentRequests } = limits;
  if (requestsPerSecond === undefined && maxConcurrentRequests === undefined) return undefined;
  const { gates } = sharedState(client);
  const key = JSON.stringify([host, requestsPerSecond, maxConcurrentRequests]);
  const gate = gates.get(key) ?? new Gate(limits);
  gates.set(key, gate);
  return gate;
}

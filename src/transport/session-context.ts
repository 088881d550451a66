import { resolveAuth } from '../authn/resolve-auth.js';
import type { Authenticator } from '../authn/authenticator.js';
import { systemClock } from '../internal/clock.js';
import { type Lazy, lazy } from '../internal/lazy.js';
import { version } from '../internal/version.js';
import type { Registry } from '../name/reference.js';
import type { HttpClient, TlsOptions } from './client.js';
import type { Context } from './context.js';
import { portOf } from './endpoint.js';
import { newGotClient } from './got-client.js';
import { isLoopbackHost } from './guard.js';
import type { PingResult } from './ping.js';
import { newReach } from './reach.js';
import { resolveRetry } from './retry.js';
import type { RegistrySettings, SessionOptions, TransportOptions } from './session-options.js';
import { tlsSettings } from './tls.js';
import { newTokenCache, type TokenCache } from './token-cache.js';
import { newWire } from './wire.js';

/** What sessions of one client know together. */
export interface Shared {
  readonly tokens: TokenCache;
  readonly pings: Map<string, Lazy<PingResult>>;
  /** What token servers replaced identity tokens by. */
  readonly rotated: Map<string, string>;
}

const shared = new WeakMap<HttpClient, Shared>();

export function sharedBy(client: HttpClient): Shared {
  const known = shared.get(client) ?? { tokens: newTokenCache(), pings: new Map(), rotated: new Map() };
  shared.set(client, known);
  return known;
}

const defaultClients = new Map<string, HttpClient>();

/** One client for the whole process, so that connections are used again; one more for each set of timeouts. */
function defaultClient(timeouts: TransportOptions['timeouts'] = {}): HttpClient {
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
  const { auth, clock = systemClock, trustedRealms = [], allowedHosts = [] } = options;
  const client = options.client ?? defaultClient(options.timeouts);
  const hosts = hostSettings(options);
  const own = new URL(`https://${registry.registryStr()}`);
  const settings = hosts.get(own.host)?.settings ?? {};
  // `scheme()` is http for loopback too, which is asked by http without being insecure.
  const marked = registry.scheme() === 'http' && !isLoopbackHost(registry.registryStr());
  const insecure = options.insecure === true || settings.insecure === true || marked;
  const ownTls = tlsOptions(settings, insecure);
  const authenticator: Lazy<Authenticator> | undefined =
    auth && lazy(async ({ signal }) => resolveAuth(auth, registry, { signal }));

  return {
    registry,
    client,
    wire: newWire({ client, userAgent: userAgent(options.userAgent), onWarning: options.onWarning }),
    clock,
    retry: resolveRetry(options.retry),
    reach: newReach(own, allowedHosts),
    tokens: sharedBy(client).tokens,
    rotated: sharedBy(client).rotated,
    insecure,
    trustedRealms,
    tls: (url) => (url.host === own.host ? ownTls : hosts.get(url.host)?.tls),
    headers: (url) =>
      (hosts.get(url.host) ?? hosts.get(`${url.hostname}:${portOf(url)}`))?.settings.headers ?? {},
    async credentials(asked) {
      if (authenticator === undefined) return {};
      return (await authenticator(asked)).authorization(asked);
    },
  };
}

interface Host {
  readonly settings: RegistrySettings;
  readonly tls: TlsOptions | undefined;
}

function hostSettings({ registries = {} }: TransportOptions): ReadonlyMap<string, Host> {
  return new Map(
    Object.entries(registries).map(([host, settings]) => {
      if (!URL.canParse(`https://${host}`))
        throw new TypeError(`\`registries\` has a key that is no host: ${host}`);
      const headers = Object.entries(settings.headers ?? {}).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ]);
      const { insecure = false } = settings;
      const tls = tlsOptions(settings, insecure);
      if (tls !== undefined) tlsSettings(tls);
      const full = { ...settings, headers: Object.fromEntries(headers) as Record<string, string> };
      return [new URL(`https://${host}`).host, { settings: full, tls }];
    }),
  );
}

function tlsOptions(
  { ca, cert, key }: RegistrySettings,
  insecureSkipVerify: boolean,
): TlsOptions | undefined {
  const plain = ca === undefined && cert === undefined && key === undefined && !insecureSkipVerify;
  return plain ? undefined : Object.freeze({ ca, cert, key, insecureSkipVerify });
}

function userAgent(prefix: string | undefined): string {
  const own = `containerregistry/${version}`;
  if (prefix === undefined || prefix === '') return own;
  if (!/^[\x20-\x7e]+$/.test(prefix)) throw new TypeError('`userAgent` must be printable ASCII');
  return `${prefix} ${own}`;
}

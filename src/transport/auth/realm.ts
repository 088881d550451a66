import { AuthError } from '../../errors/service/auth.js';
import { ContainerError } from '../../errors/base.js';
import { hostOf } from '../guard/endpoint.js';
import { type HostPattern, hostPatterns, matchesHost } from '../guard/host-pattern.js';
import { parseServerUrl, type UrlRules } from '../guard/url-guard.js';

/** A token server that a registry named. */
export interface Realm {
  readonly url: URL;
  /** Whether the token server may see the credentials of the registry. */
  readonly trusted: boolean;
}

/** Registries with a token server of their own that has another domain, in the form of `trustedRealms`. */
const KNOWN_TOKEN_SERVERS = (
  [
    ['https://dhi.io', 'https://auth.docker.io'],
    ['https://nvcr.io', 'https://authn.nvidia.com'],
    ['https://*.scw.cloud', 'https://api.scaleway.com'],
  ] as const
).map(([registry, realm]) => ({
  registry: hostPatterns('registry', [registry]),
  realm: hostPatterns('realm', [realm]),
}));

/** The options that concern token servers. */
export interface RealmRules {
  readonly trustedRealms?: readonly HostPattern[];
  readonly connections?: UrlRules;
}

/** Domains below which unrelated parties have hosts, and which the Public Suffix List does not have. */
const SHARED_DOMAINS = new Set([
  'amazonaws.com',
  'azurecr.io',
  'cloudsmith.io',
  'googleapis.com',
  'icr.io',
  'jfrog.io',
  'ocir.io',
  'pkg.dev',
  'scw.cloud',
]);

/**
 * Parses the realm of a challenge, and decides whether it may see credentials, before they are looked up. A path such as
 * `/token` is a path on the registry.
 *
 * @throws AuthError if the realm is missing, is not a URL, or leads from https to http.
 */
export async function resolveRealm(
  realm: string | undefined,
  registry: URL,
  { trustedRealms = [], connections: connections = {} }: RealmRules = {},
): Promise<Realm> {
  if (realm === undefined || realm === '') throw new AuthError(`${registry.host} names no token server`);
  if (!isRealm(realm)) throw new AuthError(`${registry.host} names a token server that is not a URL`);
  const url = parseRealm(realm, registry, connections);
  const trusted =
    url.host === registry.host ||
    matchesHost(trustedRealms, url) ||
    KNOWN_TOKEN_SERVERS.some(
      (pair) => matchesHost(pair.registry, registry) && matchesHost(pair.realm, url),
    ) ||
    (await shareDomain(hostOf(url), hostOf(registry)));
  return { url, trusted };
}

/** Whether the realm of a challenge is a token server: a URL, or a path on the registry. */
export function isRealm(realm: string | undefined): boolean {
  return realm !== undefined && (URL.canParse(realm) || realm.startsWith('/'));
}

function parseRealm(realm: string, registry: URL, rules: UrlRules): URL {
  try {
    return parseServerUrl(realm, registry, 'the token server', { allowsPlainHttp: rules.allowsPlainHttp });
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    throw new AuthError(error.message, { cause: error, hint: error.hint });
  }
}

/** Whether two hosts have the same registrable domain. IP addresses and names with a single label have none. */
async function shareDomain(a: string, b: string): Promise<boolean> {
  const { getDomain } = await import('tldts');
  const [domainA, domainB] = [a, b].map((host) => getDomain(host, { allowPrivateDomains: true }));
  if (typeof domainA !== 'string' || domainA !== domainB) return false;
  return ![...SHARED_DOMAINS].some((shared) => domainA === shared || domainA.endsWith(`.${shared}`));
}

/** The error for credentials that would be sent to a party that the user did not name. */
export function untrustedRealmError({ url }: Realm, registry: URL): AuthError {
  return new AuthError(`${registry.host} wants its credentials sent to ${url.host}, which is another party`, {
    reason: 'untrusted-realm',
    hint: `add ${JSON.stringify(url.host)} to \`trustedRealms\` if it may have the credentials`,
  });
}

import { AuthError } from '../../errors/service/auth.js';
import { ContainerError } from '../../errors/base.js';
import { hostOf } from '../guard/endpoint.js';
import { type HostPattern, hostPatterns, matchesHost } from '../guard/host-pattern.js';
import { parseServerUrl, type UrlRules } from '../guard/url-guard.js';

/** A token server that a registry named. */
export interface Realm {
  readonly url: URL;
  /** Whether it may see the credentials of the registry. */
  readonly trusted: boolean;
}

/** Registries whose token server belongs to them under another domain, in the form of `trustedRealms`. */
const PAIRS = (
  [
    ['https://dhi.io', 'https://auth.docker.io'],
    ['https://nvcr.io', 'https://authn.nvidia.com'],
    ['https://*.scw.cloud', 'https://api.scaleway.com'],
  ] as const
).map(([registry, realm]) => ({
  registry: hostPatterns('registry', [registry]),
  realm: hostPatterns('realm', [realm]),
}));

/** What the options say about token servers. */
export interface RealmRules {
  readonly trustedRealms?: readonly HostPattern[];
  readonly reach?: UrlRules;
}

/** Domains that are shared by strangers, and not in the Public Suffix List. */
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
 * Judges the realm of a challenge before any credential is looked up. A path such as `/token` is one on the registry.
 *
 * @throws {@link AuthError} if it is missing, no URL, or leads from https to http.
 */
export async function judgeRealm(
  realm: string | undefined,
  registry: URL,
  { trustedRealms = [], reach = {} }: RealmRules = {},
): Promise<Realm> {
  if (realm === undefined || realm === '') throw new AuthError(`${registry.host} names no token server`);
  if (!isRealm(realm)) throw new AuthError(`${registry.host} names a token server that is not a URL`);
  const url = parseRealm(realm, registry, reach);
  const trusted =
    url.host === registry.host ||
    matchesHost(trustedRealms, url) ||
    PAIRS.some((pair) => matchesHost(pair.registry, registry) && matchesHost(pair.realm, url)) ||
    (await shareDomain(hostOf(url), hostOf(registry)));
  return { url, trusted };
}

/** Whether a challenge names a token server: by a URL, or by a path on the registry. */
export function isRealm(realm: string | undefined): boolean {
  return realm !== undefined && (URL.canParse(realm) || realm.startsWith('/'));
}

function parseRealm(realm: string, registry: URL, rules: UrlRules): URL {
  try {
    return parseServerUrl(realm, registry, 'the token server', { plainHttp: rules.plainHttp });
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    throw new AuthError(error.message, { cause: error, hint: error.hint });
  }
}

/** Whether two names belong to one registrant. IP addresses and single labels have no registrant. */
async function shareDomain(a: string, b: string): Promise<boolean> {
  const { getDomain } = await import('tldts');
  const [domainA, domainB] = [a, b].map((host) => getDomain(host, { allowPrivateDomains: true }));
  if (typeof domainA !== 'string' || domainA !== domainB) return false;
  return ![...SHARED_DOMAINS].some((shared) => domainA === shared || domainA.endsWith(`.${shared}`));
}

/** The error for credentials that would go to a party which the user did not name. */
export function untrusted({ url }: Realm, registry: URL): AuthError {
  return new AuthError(`${registry.host} wants its credentials sent to ${url.host}, which is another party`, {
    hint: `add ${JSON.stringify(url.host)} to \`trustedRealms\` if it may have them`,
  });
}

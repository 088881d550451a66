import { AuthError } from '../errors/service/auth.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { readAuthEntry } from './config/auth-entry.js';
import type { AuthConfig } from './config/authenticator.js';
import { type ConfigEntry, type DockerConfig, quoteKey } from './config/docker-config.js';
import { fromHelper } from './helpers/helper.js';
import type { HelperCache } from './helpers/helper-cache.js';
import { covers, dockerKey, type ServerName } from './config/server-name.js';

/** The registry or repository for which credentials are searched. */
export interface CredentialQuery {
  readonly server: ServerName;
  /** The registry in the spelling of the reference. */
  readonly registry: string;
}

/**
 * The most specific credentials in one configuration. The order is: entries of `auths` for the repository or a namespace
 * above it, longest path first; then the helper of the host, or else `credsStore`; then the entry of the host.
 *
 * Helpers have credentials for hosts only. If a helper has none, the entry in the file is used; docker would stop there.
 */
export async function lookUp(
  config: DockerConfig,
  query: CredentialQuery,
  helpers: HelperCache,
  options: AbortOptions | undefined,
): Promise<AuthConfig | undefined> {
  const entries = matchingEntries(config.auths, query);
  const ofHost = entries.filter(({ server }) => server.path.length === 0);
  const ofPath = entries.filter(({ server }) => server.path.length > 0);
  return (
    firstEntry(ofPath, config.source) ??
    (await askHelper(config, query, ofHost, helpers, options)) ??
    firstEntry(ofHost, config.source)
  );
}

/** Sorts the longest path first. If a host has several names, docker's name is first, and the others keep their order. */
function matchingEntries(
  entries: readonly ConfigEntry[],
  { server, registry }: CredentialQuery,
): readonly ConfigEntry[] {
  const written = dockerKey(registry);
  const rank = ({ server: { path }, key }: ConfigEntry): number =>
    -2 * path.length - (key === written ? 1 : 0);
  return entries.filter((entry) => covers(entry.server, server)).sort((a, b) => rank(a) - rank(b));
}

function firstEntry(entries: readonly ConfigEntry[], source: string): AuthConfig | undefined {
  for (const entry of entries) {
    const found = readAuthEntry(entry, source);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The helper that a configuration has for a host, and the key of its entry. `credsStore` has no key. */
export function configuredHelper(
  config: DockerConfig,
  { server, registry }: CredentialQuery,
): { readonly name: string; readonly key?: string } | undefined {
  const host = { server: { host: server.host, path: [] }, registry };
  const [entry] = matchingEntries(config.credHelpers, host);
  if (entry === undefined) return config.credsStore === undefined ? undefined : { name: config.credsStore };
  if (typeof entry.value !== 'string') {
    throw new AuthError(`read ${config.source}: credHelpers entry ${quoteKey(entry.key)} is not a string`, {
      reason: 'config',
    });
  }
  // As in docker, an empty name means that `credsStore` is not used for this host.
  return entry.value === '' ? undefined : { name: entry.value, key: entry.key };
}

async function askHelper(
  config: DockerConfig,
  query: CredentialQuery,
  entries: readonly ConfigEntry[],
  helpers: HelperCache,
  options: AbortOptions | undefined,
): Promise<AuthConfig | undefined> {
  const configured = configuredHelper(config, query);
  if (configured === undefined) return undefined;
  const helper = helpers.helper(configured.name, config.source);
  for (const name of serverUrls(query.registry, configured.key, entries)) {
    const found = await helper.get(name, options);
    if (found !== undefined) return fromHelper(found);
  }
  return undefined;
}

/**
 * The names under which a helper may store the credentials of a host: docker's name, then those in the file. For
 * example, podman calls Docker Hub `docker.io`, and docker adds an empty entry to `auths` for each server in a helper.
 */
export function serverUrls(
  registry: string,
  helperKey: string | undefined,
  entries: readonly ConfigEntry[],
): readonly string[] {
  const keys = [
    dockerKey(registry),
    ...(helperKey === undefined ? [] : [helperKey]),
    ...entries.map(({ key }) => key),
  ];
  return [...new Set(keys)].slice(0, MAX_NAMES);
}

/** The maximum number of names that a helper is asked for. Each one costs a run of the helper. */
const MAX_NAMES = 4;

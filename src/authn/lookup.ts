import { AuthError } from '../errors/service/auth.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { readAuthEntry } from './config/auth-entry.js';
import type { AuthConfig } from './config/authenticator.js';
import { type ConfigEntry, type DockerConfig, quoteKey } from './config/docker-config.js';
import { fromHelper } from './helpers/helper.js';
import type { HelperCache } from './helpers/cache.js';
import { covers, dockerKey, type ServerName } from './config/server-name.js';

/** What credentials are looked for. */
export interface Wanted {
  readonly server: ServerName;
  /** The registry as the reference spells it. */
  readonly registry: string;
}

/**
 * The credentials that one configuration has, the most specific first: entries of `auths` for the repository or a
 * namespace above it, longest path first; then the host's helper, or else `credsStore`; then the host's entry.
 *
 * Helpers know hosts only. If one has nothing, the file is asked, where docker would stop.
 */
export async function lookUp(
  config: DockerConfig,
  wanted: Wanted,
  helpers: HelperCache,
  options: AbortOptions | undefined,
): Promise<AuthConfig | undefined> {
  const entries = matching(config.auths, wanted);
  const ofHost = entries.filter(({ server }) => server.path.length === 0);
  const ofPath = entries.filter(({ server }) => server.path.length > 0);
  return (
    firstEntry(ofPath, config.source) ??
    (await askHelper(config, wanted, ofHost, helpers, options)) ??
    firstEntry(ofHost, config.source)
  );
}

/** Longest path first; of several names of one host first that which docker writes, then as in the file. */
function matching(entries: readonly ConfigEntry[], { server, registry }: Wanted): readonly ConfigEntry[] {
  const written = dockerKey(registry);
  const rank = ({ server: { path }, key }: ConfigEntry): number =>
    -2 * path.length - (key === written ? 1 : 0);
  return entries
    .filter((entry) => covers(entry.server, server))
    .sort((one, other) => rank(one) - rank(other));
}

function firstEntry(entries: readonly ConfigEntry[], source: string): AuthConfig | undefined {
  for (const entry of entries) {
    const found = readAuthEntry(entry, source);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The helper that a configuration names for a host, and the key that names it unless it is the general store. */
export function configuredHelper(
  config: DockerConfig,
  { server, registry }: Wanted,
): { readonly name: string; readonly key?: string } | undefined {
  const host = { server: { host: server.host, path: [] }, registry };
  const [entry] = matching(config.credHelpers, host);
  if (entry === undefined) return config.credsStore === undefined ? undefined : { name: config.credsStore };
  if (typeof entry.value !== 'string') {
    throw new AuthError(`read ${config.source}: credHelpers entry ${quoteKey(entry.key)} is not a string`);
  }
  // As for docker, an empty name exempts the host from the general store.
  return entry.value === '' ? undefined : { name: entry.value, key: entry.key };
}

async function askHelper(
  config: DockerConfig,
  wanted: Wanted,
  entries: readonly ConfigEntry[],
  helpers: HelperCache,
  options: AbortOptions | undefined,
): Promise<AuthConfig | undefined> {
  const configured = configuredHelper(config, wanted);
  if (configured === undefined) return undefined;
  const helper = helpers.helper(configured.name, config.source);
  for (const name of serverUrls(wanted.registry, configured.key, entries)) {
    const found = await helper.get(name, options);
    if (found !== undefined) return fromHelper(found);
  }
  return undefined;
}

/**
 * The names under which a helper may keep a host: docker's, then those that the file uses. podman, for one, calls
 * Docker Hub `docker.io`, and docker lists what it has put into a helper as empty entries of `auths`.
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

/** Each name costs a run of the helper. */
const MAX_NAMES = 4;

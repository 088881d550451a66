import type { Authenticator, Keychain } from './config/authenticator.js';
import { configFiles, type ConfigLocationOptions } from './config/locations.js';
import { type DockerConfig, parseDockerConfig } from './config/docker-config.js';
import { anonymous } from './config/anonymous.js';
import { fromConfig } from './config/from-config.js';
import { newHelperCache } from './helpers/helper-cache.js';
import { CONFIG_VARIABLE } from './remaining-credentials.js';
import { lookUp } from './lookup.js';
import { readConfigText } from './config/read-config.js';
import { refreshingKeychain } from './refreshing-keychain.js';
import { serverNameOf } from './config/server-name.js';

/** The options of {@link newDefaultKeychain}. */
export interface DefaultKeychainOptions extends ConfigLocationOptions {
  /** The files to search, in this order. They replace {@link configFiles} and `DOCKER_AUTH_CONFIG`. */
  readonly files?: readonly string[] | undefined;
  /** How long the response of a helper, and the credentials of an authenticator, are cached. @default 300 000 */
  readonly cacheMs?: number | undefined;
  /** Longest time for one run of a credential helper. @default 30 000 */
  readonly helperTimeoutMs?: number | undefined;
  /** Cap on the output of a credential helper. @default 1 MiB */
  readonly helperMaxBytes?: number | undefined;
  /** Cap on a configuration file. @default 1 MiB */
  readonly maxConfigBytes?: number | undefined;
}

/**
 * The credentials that docker, podman and similar tools have stored, as the environment of this process finds them.
 *
 * It is {@link newDefaultKeychain} without options. All users in a process share its cache.
 */
export const defaultKeychain: Keychain = /* @__PURE__ */ newDefaultKeychain();

/**
 * A keychain that reads the configuration files of docker and podman.
 *
 * It searches `DOCKER_AUTH_CONFIG` (JSON in the format of `config.json`, of which only `auths` counts), then each of
 * {@link configFiles}, until one has credentials. go-containerregistry searches only the first file that exists. Within
 * a file, an entry for the repository or a namespace above it comes first, the longest path before others; then the
 * credential helper of the host; then the entry of the host.
 *
 * Files are read each time a resource is resolved, and not before. Concurrent callers share one run of a helper, and its
 * response is cached for `cacheMs`. After that time an authenticator searches again, so that credentials that expire are
 * renewed.
 *
 * A broken configuration never counts as a lack of credentials: `resolve` rejects with an AuthError that names the file
 * if a file is not JSON, if the entry for this registry is invalid, or if a helper is missing or fails.
 */
export function newDefaultKeychain(options: DefaultKeychainOptions = {}): Keychain {
  const { env, homeDir, files, cacheMs = 300_000, maxConfigBytes = 1024 * 1024 } = options;
  const helpers = newHelperCache(
    { env, timeoutMs: options.helperTimeoutMs, maxBytes: options.helperMaxBytes },
    cacheMs,
  );

  const configs = async function* (): AsyncGenerator<DockerConfig> {
    const inline = files === undefined ? (env ?? process.env)[CONFIG_VARIABLE] : undefined;
    if (inline !== undefined) {
      yield { ...parseDockerConfig(inline, CONFIG_VARIABLE), credHelpers: [], credsStore: undefined };
    }
    for (const file of files ?? configFiles({ env, homeDir })) {
      const text = await readConfigText(file, maxConfigBytes);
      if (text !== undefined) yield parseDockerConfig(text, file);
    }
  };

  const search: Keychain = {
    resolve: async (...[resource, abort]: Parameters<Keychain['resolve']>): Promise<Authenticator> => {
      const wanted = { server: serverNameOf(resource), registry: resource.registryStr() };
      for await (const config of configs()) {
        abort?.signal?.throwIfAborted();
        const found = await lookUp(config, wanted, helpers, abort);
        if (found !== undefined) return fromConfig(found);
      }
      return anonymous;
    },
  };
  return refreshingKeychain(search, cacheMs);
}

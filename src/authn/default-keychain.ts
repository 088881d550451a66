import type { Authenticator, Keychain } from './config/authenticator.js';
import { configFiles, type ConfigLocationOptions } from './config/locations.js';
import { type DockerConfig, parseDockerConfig } from './config/docker-config.js';
import { anonymous } from './config/anonymous.js';
import { fromConfig } from './config/from-config.js';
import { newHelperCache } from './helpers/cache.js';
import { CONFIG_VARIABLE } from './left-credentials.js';
import { lookUp } from './lookup.js';
import { readConfigText } from './config/read.js';
import { refreshingKeychain } from './refreshing-keychain.js';
import { serverNameOf } from './config/server-name.js';

export interface DefaultKeychainOptions extends ConfigLocationOptions {
  /** Files to ask, in this order, instead of the usual ones and of `DOCKER_AUTH_CONFIG`. */
  readonly files?: readonly string[] | undefined;
  /** How long the answer of a helper, and what an authenticator found, stay valid. @default 300 000 */
  readonly cacheMs?: number | undefined;
  /** Time for one answer of a credential helper. @default 30 000 */
  readonly helperTimeoutMs?: number | undefined;
  /** Cap on the output of a credential helper. @default 1 MiB */
  readonly helperMaxBytes?: number | undefined;
  /** Cap on a configuration file. @default 1 MiB */
  readonly maxConfigBytes?: number | undefined;
}

/**
 * The credentials of docker, podman and their kin, from the variables, home and helpers of this process.
 *
 * Searches like {@link newDefaultKeychain} without options; all programs in a process share its answers.
 */
export const defaultKeychain: Keychain = /* @__PURE__ */ newDefaultKeychain();

/**
 * A keychain over the configuration files of docker and podman.
 *
 * Asks `DOCKER_AUTH_CONFIG` (JSON of the form of `config.json`, of which `auths` counts), then each of
 * {@link configFiles}, until one has credentials; go-containerregistry asks only the first file that exists.
 * Within a file an entry for the repository or a namespace above it comes first, the longest path before others,
 * then the host's credential helper, then the host's entry.
 *
 * Nothing is read before a resource is resolved. Files are read at each resolution; a helper is started once for
 * any number of waiters, and its answer kept for `cacheMs`. An authenticator that was found asks again after that
 * time, so credentials that expire are renewed.
 *
 * What is broken on the way to an answer is an {@link AuthError} that names the file: a file that is no JSON, an
 * entry for this very registry, a helper that is missing or fails. It never counts as having no credentials.
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

import type { AbortOptions } from '../../internal/async/abort.js';
import type { AuthConfig, Authenticator, Keychain } from '../config/authenticator.js';
import { anonymous } from '../config/anonymous.js';
import { fromConfig } from '../config/from-config.js';
import { dockerKey, serverNameOf } from '../config/server-name.js';

/** What a credential helper keeps for a server. */
export interface HelperCredentials {
  /** `<token>` says that the secret is an identity token. */
  readonly username: string;
  readonly secret: string;
}

/** Keeps credentials outside of configuration files. */
export interface Helper {
  /**
   * Resolves to undefined if the helper has nothing for the server, and rejects if it cannot tell.
   *
   * @param serverUrl - the registry's host with its port, or `https://index.docker.io/v1/` for Docker Hub.
   */
  get(serverUrl: string, options?: AbortOptions): Promise<HelperCredentials | undefined>;
}

const TOKEN_USER = '<token>';

/**
 * A keychain that asks a helper about every registry; nothing is remembered.
 *
 * Unlike go-containerregistry, a helper that fails is an error and not anonymous access.
 */
export function newKeychainFromHelper(helper: Helper): Keychain {
  return Object.freeze({
    resolve: async (...[resource, options]: Parameters<Keychain['resolve']>): Promise<Authenticator> => {
      serverNameOf(resource);
      const found = await helper.get(dockerKey(resource.registryStr()), options);
      return found === undefined ? anonymous : fromConfig(fromHelper(found));
    },
  });
}

export function fromHelper({ username, secret }: HelperCredentials): AuthConfig {
  return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret };
}

/** What a helper is to keep; undefined for what helpers have no form for. */
export function toHelper({ username, password, identityToken }: AuthConfig): HelperCredentials | undefined {
  if (identityToken) return { username: TOKEN_USER, secret: identityToken };
  return username ? { username, secret: password ?? '' } : undefined;
}

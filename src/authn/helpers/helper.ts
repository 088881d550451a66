import type { AbortOptions } from '../../internal/async/abort.js';
import type { AuthConfig, Authenticator, Keychain } from '../config/authenticator.js';
import { anonymous } from '../config/anonymous.js';
import { fromConfig } from '../config/from-config.js';
import { dockerKey, serverNameOf } from '../config/server-name.js';

/** The credentials that a helper stores for a server. */
export interface HelperCredentials {
  /** `<token>` means that the secret is an identity token. */
  readonly username: string;
  /** The password or identity token. */
  readonly secret: string;
}

/** Stores credentials outside of configuration files. */
export interface Helper {
  /**
   * Finds the credentials of a server. Resolves to undefined if the helper has none, and rejects if it fails.
   *
   * @param serverUrl - the registry's host with its port, or `https://index.docker.io/v1/` for Docker Hub.
   */
  get(serverUrl: string, options?: AbortOptions): Promise<HelperCredentials | undefined>;
}

const TOKEN_USER = '<token>';

/**
 * A keychain that asks a helper for every registry. Nothing is cached.
 *
 * If the helper fails, the keychain rejects. In go-containerregistry, access is anonymous then.
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

/** Credentials in the form of helpers; undefined if that form cannot express them, as for registry tokens. */
export function toHelper({ username, password, identityToken }: AuthConfig): HelperCredentials | undefined {
  if (identityToken) return { username: TOKEN_USER, secret: identityToken };
  return username ? { username, secret: password ?? '' } : undefined;
}

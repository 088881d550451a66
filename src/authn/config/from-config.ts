import { anonymous } from './anonymous.js';
import type { AuthConfig, Authenticator } from './authenticator.js';

/**
 * An authenticator with a user name and a password.
 *
 * @throws TypeError if the user name has a colon, which ends a user name in HTTP's Basic scheme.
 */
export function basic(credentials: { readonly username: string; readonly password: string }): Authenticator {
  if (credentials.username.includes(':')) throw new TypeError('a user name cannot contain a colon');
  return fromConfig({ username: credentials.username, password: credentials.password });
}

/**
 * An authenticator with a token that the registry itself accepts. It is sent as `Authorization: Bearer`, without an
 * exchange.
 *
 * @throws TypeError if the token has characters other than visible ASCII.
 */
export function bearer(credentials: { readonly token: string }): Authenticator {
  return fromConfig({ registryToken: credentials.token });
}

/**
 * An authenticator with fixed credentials, which are copied. If there are none in `config`, it is {@link anonymous}.
 *
 * The secrets are in a closure, so that neither `util.inspect` nor `JSON.stringify` of the result shows them.
 *
 * @throws TypeError if the registry token has characters other than visible ASCII.
 */
export function fromConfig(config: AuthConfig): Authenticator {
  if (!hasCredentials(config)) return anonymous;
  // Only this field is sent in a header without an encoding.
  if (config.registryToken !== undefined && !isHeaderSafe(config.registryToken)) {
    throw new TypeError('a registry token consists of visible ASCII characters');
  }
  const { username = '', password = '', identityToken, registryToken } = config;
  const response: AuthConfig = Object.freeze({
    ...(username + password !== '' && { username, password }),
    ...(identityToken && { identityToken }),
    ...(registryToken && { registryToken }),
  });
  return Object.freeze({ authorization: async () => response });
}

/** Whether any field has a value. Docker writes entries with empty fields for servers whose secret a helper stores. */
export function hasCredentials(config: AuthConfig): boolean {
  return [config.username, config.password, config.identityToken, config.registryToken].some(Boolean);
}

/** Whether a token is empty or has only visible ASCII characters. */
export function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]*$/.test(token);
}

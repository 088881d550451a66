import { anonymous } from './anonymous.js';
import type { AuthConfig, Authenticator } from './authenticator.js';

/** A user name and a password. A user name cannot hold a colon: HTTP's Basic scheme ends it there. */
export function basic(credentials: { readonly username: string; readonly password: string }): Authenticator {
  if (credentials.username.includes(':')) throw new TypeError('a user name cannot contain a colon');
  return fromConfig({ username: credentials.username, password: credentials.password });
}

/** A token that the registry itself accepts, sent as `Authorization: Bearer`, without an exchange. */
export function bearer(credentials: { readonly token: string }): Authenticator {
  return fromConfig({ registryToken: credentials.token });
}

/**
 * Fixed credentials; the object is copied. Without any credential in it this is {@link anonymous}.
 *
 * The secrets live in a closure: neither `util.inspect` nor `JSON.stringify` of the result shows them.
 */
export function fromConfig(config: AuthConfig): Authenticator {
  if (!hasCredentials(config)) return anonymous;
  // The only field that reaches a header as it is.
  if (config.registryToken !== undefined && !isHeaderSafe(config.registryToken)) {
    throw new TypeError('a registry token consists of visible ASCII characters');
  }
  const { username = '', password = '', identityToken, registryToken } = config;
  const response: AuthConfig = Object.freeze({
    ...(username + password !== '' && { username, password }),
    ...(identityToken && { identityToken }),
    ...(registryToken && { registryToken }),
  });
  return Object.freeze({ authorization: () => Promise.resolve(response) });
}

/** Whether any field says something; docker writes entries of empty fields for servers whose secret is elsewhere. */
export function hasCredentials(config: AuthConfig): boolean {
  return [config.username, config.password, config.identityToken, config.registryToken].some(Boolean);
}

/** Empty, or visible ASCII only. */
export function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]*$/.test(token);
}

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
 * @throws TypeError if the registry token or the header has characters other than visible ASCII.
 */
export function fromConfig(config: AuthConfig): Authenticator {
  if (!hasCredentials(config)) return anonymous;
  // Only this field is sent in a header without an encoding.
  if (config.registryToken !== undefined && !isHeaderSafe(config.registryToken)) {
    throw new TypeError('a registry token consists of visible ASCII characters');
  }
  if (config.header !== undefined && !/^[\x20-\x7e]*$/.test(config.header)) {
    throw new TypeError('the value of a header consists of visible ASCII characters and spaces');
  }
  const { username = '', password = '', identityToken, registryToken, header } = config;
  const response: AuthConfig = Object.freeze({
    ...(username + password !== '' && { username, password }),
    ...(identityToken && { identityToken }),
    ...(registryToken && { registryToken }),
    ...(header && { header }),
  });
  return Object.freeze({ authorization: async () => response });
}

/**
 * An authenticator from the value of a header `Authorization`, such as `Basic dXNlcjpwYXNz` or `Bearer TOKEN`. A user name and
 * password are also used for the registry's token server. Any other scheme is sent to the registry as it is.
 *
 * @throws TypeError if the value has no scheme, or is not what its scheme prescribes. The message has no secret in it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-credentials
 */
export function fromHeader(value: string): Authenticator {
  const [, scheme = '', credentials = ''] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+) +(\S.*)$/.exec(value) ?? [];
  switch (scheme.toLowerCase()) {
    case '':
      throw new TypeError('`value` must be a scheme and credentials, such as `Basic dXNlcjpwYXNz`');
    case 'bearer':
      return bearer({ token: credentials });
    case 'basic': {
      const decoded = Buffer.from(credentials, 'base64').toString('utf8');
      const colon = decoded.indexOf(':');
      if (colon < 0)
        throw new TypeError('the credentials of the scheme Basic must be `user:password` in base64');
      return basic({ username: decoded.slice(0, colon), password: decoded.slice(colon + 1) });
    }
    default:
      return fromConfig({ header: value });
  }
}

/** Whether any field has a value. Docker writes entries with empty fields for servers whose secret a helper stores. */
export function hasCredentials(config: AuthConfig): boolean {
  const { username, password, identityToken, registryToken, header } = config;
  return [username, password, identityToken, registryToken, header].some(Boolean);
}

/** Whether a token is empty or has only visible ASCII characters. */
export function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]*$/.test(token);
}

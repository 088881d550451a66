import { createHash } from 'node:crypto';
import type { AuthConfig } from '../../authn/config/authenticator.js';
import { AuthError } from '../../errors/service/auth.js';

/** Whether there are no credentials that could be sent to a server. */
export function isAnonymous(config: AuthConfig): boolean {
  const { identityToken, registryToken, header } = config;
  return basicAuthorization(config) === undefined && !identityToken && !registryToken && !header;
}

/**
 * The value of `Authorization` for a user name and password, in UTF-8; undefined if both are empty.
 *
 * @throws AuthError if the user name has a colon, which ends a user name in this scheme.
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function basicAuthorization({
  username = '',
  password = '',
  identityToken = '',
}: AuthConfig): string | undefined {
  if (username === '' && password === '') return undefined;
  // Docker stores an identity token under the user name `<token>`, which is not a user name to send.
  if (identityToken !== '' && password === '') return undefined;
  if (username.includes(':')) throw new AuthError('a user name cannot contain a colon');
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A key that is equal for equal credentials, and does not reveal them. */
export function credentialKey(config: AuthConfig): string {
  const { username, password, identityToken, registryToken, header } = config;
  return createHash('sha256')
    .update(JSON.stringify([username, password, identityToken, registryToken, header]))
    .digest('base64url');
}

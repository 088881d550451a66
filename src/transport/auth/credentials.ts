import { createHash } from 'node:crypto';
import type { AuthConfig } from '../../authn/config/authenticator.js';
import { AuthError } from '../../errors/service/auth.js';

/** Whether there is anything that a server could be told. */
export function isAnonymous(config: AuthConfig): boolean {
  return basicAuthorization(config) === undefined && !config.identityToken && !config.registryToken;
}

/**
 * The value of `Authorization` for a user name and password, in UTF-8; undefined without either.
 *
 * @throws {@link AuthError} for a user name that the scheme cannot carry.
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function basicAuthorization({
  username = '',
  password = '',
  identityToken = '',
}: AuthConfig): string | undefined {
  if (username === '' && password === '') return undefined;
  // Beside an identity token docker writes a placeholder for the user name.
  if (identityToken !== '' && password === '') return undefined;
  if (username.includes(':')) throw new AuthError('a user name cannot contain a colon');
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Equal for equal credentials, without giving them away. */
export function credentialKey({ username, password, identityToken, registryToken }: AuthConfig): string {
  return createHash('sha256')
    .update(JSON.stringify([username, password, identityToken, registryToken]))
    .digest('base64url');
}

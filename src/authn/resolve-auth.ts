import type { AbortOptions } from '../internal/async/abort.js';
import type { Authenticator, Keychain, Resource } from './config/authenticator.js';

/**
 * The authenticator for a resource: `auth` itself, or the one that it finds if it is a keychain.
 *
 * @throws TypeError if `auth` is neither.
 */
export async function resolveAuth(
  auth: Authenticator | Keychain,
  resource: Resource,
  options?: AbortOptions,
): Promise<Authenticator> {
  if ('authorization' in auth && typeof auth.authorization === 'function') return auth;
  if ('resolve' in auth && typeof auth.resolve === 'function') return auth.resolve(resource, options);
  throw new TypeError('auth must be an Authenticator or a Keychain');
}

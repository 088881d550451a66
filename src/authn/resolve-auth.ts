import type { AbortOptions } from '../internal/async/abort.js';
import type { Authenticator, Resource } from './config/authenticator.js';
import { type Auth, isKeychain, readAuth } from './config/credentials.js';

/**
 * The authenticator for a resource: `auth` itself, or the one that it finds if it is a keychain or has credentials by
 * host.
 *
 * @throws TypeError if `auth` has another form.
 */
export async function resolveAuth(
  auth: Auth,
  resource: Resource,
  options?: AbortOptions,
): Promise<Authenticator> {
  const found = readAuth(auth);
  return isKeychain(found) ? found.resolve(resource, options) : found;
}

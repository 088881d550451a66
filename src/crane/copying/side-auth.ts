import { anonymous } from '../../authn/config/anonymous.js';
import type { Authenticator, Keychain, Resource } from '../../authn/config/authenticator.js';
import { type Auth, isKeychain, readAuth } from '../../authn/config/credentials.js';
import { canonicalHost } from '../../authn/config/server-name.js';
import { defaultKeychain } from '../../authn/default-keychain.js';
import type { Repository } from '../../name/reference.js';
import type { CopyOptions } from './options.js';

/**
 * The credentials for both sides of a copy between registries.
 *
 * @throws TypeError if the credentials of one registry would be sent to both.
 */
export function authOfSides(from: Repository, to: Repository, options: CopyOptions): Auth | undefined {
  const { auth, sourceAuth, targetAuth, reuse } = options;
  if (sourceAuth === undefined && targetAuth === undefined) return auth;
  if (reuse !== undefined) {
    throw new TypeError(
      '`sourceAuth` and `targetAuth` have no effect on the connection of `reuse`: leave one of them out',
    );
  }
  const source = sideOf(from, readAuth(sourceAuth ?? auth ?? defaultKeychain, 'sourceAuth'));
  const target = sideOf(to, readAuth(targetAuth ?? auth ?? defaultKeychain, 'targetAuth'));
  const isTarget = (resource: Resource): boolean =>
    sameHost(resource, to) && (!sameHost(resource, from) || resource.name() === to.name());
  // Mirrors on other hosts are only read, so they belong to the source.
  return Object.freeze<Keychain>({
    resolve: async (resource, abort) => (isTarget(resource) ? target : source).resolve(resource, abort),
  });
}

/** A keychain is asked for every host; fixed credentials are for the registry of the side alone. */
function sideOf(side: Repository, auth: Authenticator | Keychain): Keychain {
  if (isKeychain(auth)) return auth;
  return { resolve: async (resource) => (sameHost(resource, side) ? auth : anonymous) };
}

function sameHost(one: Resource, other: Resource): boolean {
  return canonicalHost(one.registryStr()) === canonicalHost(other.registryStr());
}

import type { Keychain } from '../../authn/config/authenticator.js';
import type { Environment } from '../../authn/config/locations.js';

/** The keychain of docker's and podman's configuration. It is loaded when a registry first needs credentials. */
export function newCliKeychain(env: Environment): Keychain {
  let found: Promise<Keychain> | undefined;
  return {
    resolve: async (resource, options) => {
      found ??= import('../../authn/default-keychain.js').then(({ newDefaultKeychain }) =>
        newDefaultKeychain({ env }),
      );
      return (await found).resolve(resource, options);
    },
  };
}

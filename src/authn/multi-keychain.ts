import type { Keychain } from './config/authenticator.js';
import { anonymous } from './config/anonymous.js';

/**
 * A keychain that asks others in order, one at a time, until one has credentials.
 *
 * An error ends the search. Otherwise a broken configuration would show itself only as a refused request.
 */
export function newMultiKeychain(...keychains: readonly Keychain[]): Keychain {
  return Object.freeze({
    resolve: async (...query: Parameters<Keychain['resolve']>) => {
      for (const keychain of keychains) {
        const authenticator = await keychain.resolve(...query);
        if (authenticator !== anonymous) return authenticator;
      }
      return anonymous;
    },
  });
}

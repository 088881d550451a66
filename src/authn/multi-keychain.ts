import type { Keychain } from './config/authenticator.js';
import { anonymous } from './config/anonymous.js';

/**
 * Asks the keychains in order, one at a time, until one knows credentials.
 *
 * An error ends the search: going on would hide a broken configuration behind a refused request.
 */
export function newMultiKeychain(...keychains: readonly Keychain[]): Keychain {
  return Object.freeze({
    resolve: async (...question: Parameters<Keychain['resolve']>) => {
      for (const keychain of keychains) {
        const authenticator = await keychain.resolve(...question);
        if (authenticator !== anonymous) return authenticator;
      }
      return anonymous;
    },
  });
}

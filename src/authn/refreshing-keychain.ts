import type { Authenticator, Keychain } from './config/authenticator.js';
import { expiring } from './helpers/expiring.js';
import { anonymous } from './config/anonymous.js';

/**
 * A keychain that refreshes credentials which expire while a program runs, such as those of cloud helpers. Its
 * authenticators ask `inner` again if they are used when their credentials are older than `durationMs`.
 *
 * `anonymous` is passed on as it is, and so is never refreshed. If a refresh fails, the request that needed it fails, and
 * the next request tries again.
 *
 * @throws TypeError if `durationMs` is negative or not a number.
 */
export function refreshingKeychain(inner: Keychain, durationMs: number): Keychain {
  if (!(durationMs >= 0)) throw new TypeError('durationMs must be a number of milliseconds');
  return Object.freeze({
    resolve: async (...[resource, options]: Parameters<Keychain['resolve']>): Promise<Authenticator> => {
      const first = await inner.resolve(resource, options);
      if (first === anonymous) return anonymous;
      const current = expiring((abort) => inner.resolve(resource, abort), durationMs, first);
      return Object.freeze<Authenticator>({
        authorization: async (abort) => (await current(abort)).authorization(abort),
      });
    },
  });
}

import { AuthError, type AuthErrorReason } from '../errors/service/auth.js';
import { anonymous } from './config/anonymous.js';
import type { Authenticator, Keychain } from './config/authenticator.js';

/** Options of {@link lenient}. */
export interface LenientOptions {
  /** Gets the errors that are passed over, so that a program can print them as warnings. */
  readonly onError?: ((error: AuthError) => void) | undefined;
}

const PASSED_OVER: ReadonlySet<AuthErrorReason> = new Set(['config', 'helper', 'helper-missing']);

/**
 * A keychain that has no credentials where `inner` fails, because a configuration file is broken or a credential helper is
 * missing or fails. It is for programs that mostly read public images, and must not stop at a configuration that is not
 * theirs. An abort, and every other error, still rejects.
 *
 * Do not use it where a request without credentials would be wrong: a private image is then reported as not found, or as
 * refused.
 */
export function lenient(inner: Keychain, { onError }: LenientOptions = {}): Keychain {
  const orElse = async <T>(attempt: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AuthError) || !PASSED_OVER.has(error.reason)) throw error;
      onError?.(error);
      return otherwise;
    }
  };
  return Object.freeze<Keychain>({
    resolve: async (...query) => {
      const found = await orElse(async () => inner.resolve(...query), anonymous);
      if (found === anonymous) return anonymous;
      // A keychain that refreshes its credentials may fail later, too.
      return Object.freeze<Authenticator>({
        authorization: async (options) => orElse(async () => found.authorization(options), {}),
      });
    },
  });
}

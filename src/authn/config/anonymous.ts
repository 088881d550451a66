import type { AuthConfig, Authenticator } from './authenticator.js';

const nothing: AuthConfig = Object.freeze({});

/** Sends no credentials. Keychains answer with this very object when they know none, so compare with `===`. */
export const anonymous: Authenticator = Object.freeze({ authorization: () => Promise.resolve(nothing) });

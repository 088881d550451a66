import type { AuthConfig, Authenticator } from './authenticator.js';

const nothing: AuthConfig = Object.freeze({});

/** An authenticator without credentials. Keychains return this object if they have none, so compare with `===`. */
export const anonymous: Authenticator = Object.freeze({ authorization: async () => nothing });

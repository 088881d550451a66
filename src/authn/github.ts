import type { Authenticator, Keychain, Resource } from './config/authenticator.js';
import type { Environment } from './config/locations.js';
import { anonymous } from './config/anonymous.js';
import { fromConfig } from './config/from-config.js';
import { serverNameOf } from './config/server-name.js';

/** Credentials for GitHub's registry `ghcr.io`, from the variables `GITHUB_TOKEN` and `GITHUB_ACTOR` of this process. */
export const keychain: Keychain = /* @__PURE__ */ newKeychain();

/**
 * A keychain that has credentials only for `ghcr.io`, and only if `GITHUB_TOKEN` is set. It reads the variables each
 * time a resource is resolved.
 *
 * @param options - `env` replaces `process.env`.
 */
export function newKeychain(options: { readonly env?: Environment | undefined } = {}): Keychain {
  const find = (resource: Resource): Authenticator => {
    const { GITHUB_TOKEN: password, GITHUB_ACTOR: actor } = options.env ?? process.env;
    if (!password || serverNameOf(resource).host !== 'ghcr.io') return anonymous;
    // GitHub checks only the token, but the Basic scheme requires a user name.
    return fromConfig({ username: actor === undefined || actor === '' ? 'unset' : actor, password });
  };
  return Object.freeze<Keychain>({ resolve: async (resource) => find(resource) });
}

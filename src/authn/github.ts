import type { Authenticator, Keychain, Resource } from './config/authenticator.js';
import type { Environment } from './config/locations.js';
import { anonymous } from './config/anonymous.js';
import { fromConfig } from './config/from-config.js';
import { serverNameOf } from './config/server-name.js';

/** GitHub's registry, `ghcr.io`, with the `GITHUB_TOKEN` and `GITHUB_ACTOR` of this process. */
export const keychain: Keychain = /* @__PURE__ */ newKeychain();

/**
 * Answers for `ghcr.io` alone, if `GITHUB_TOKEN` is set; variables are read at each resolution.
 *
 * @param options - `env` replaces `process.env`.
 */
export function newKeychain(options: { readonly env?: Environment | undefined } = {}): Keychain {
  const find = (resource: Resource): Authenticator => {
    const { GITHUB_TOKEN: password, GITHUB_ACTOR: actor } = options.env ?? process.env;
    if (!password || serverNameOf(resource).host !== 'ghcr.io') return anonymous;
    // GitHub looks at the token only, but Basic wants a user name.
    return fromConfig({ username: actor === undefined || actor === '' ? 'unset' : actor, password });
  };
  return Object.freeze<Keychain>({ resolve: (resource) => Promise.resolve(resource).then(find) });
}

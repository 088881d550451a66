import { AuthError } from '../errors/service/auth.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Registry } from '../name/reference.js';
import { isAnonymous } from './auth/credentials.js';
import { fetchToken } from './auth/fetch-token.js';
import type { PingResult } from './auth/ping.js';
import { resolveRealm, untrustedRealmError } from './auth/realm.js';
import { refuseBlocked } from './new-session.js';
import { sessionContext } from './session/session-context.js';
import type { SessionOptions } from './settings/session-options.js';
import type { Token } from './auth/token.js';
import { sameOrigin } from './guard/url-guard.js';

/** The options of {@link exchange}. */
export interface ExchangeOptions extends SessionOptions, AbortOptions {
  /** The scopes of the token, as `Repository.scope()` writes them. */
  readonly scopes: readonly string[];
}

/**
 * Exchanges credentials for a bearer token at the token server that a registry named in its response to `ping`. A
 * session does this when it needs a token; this function is for tokens that another program uses.
 *
 * @throws AuthError if the registry does not accept bearer tokens, if its token server is another party that
 * `trustedRealms` does not name, or if the token server refuses the credentials.
 * @throws RegistryBlockedError if the settings block the registry.
 */
export async function exchange(
  registry: Registry,
  ping: PingResult,
  options: ExchangeOptions,
): Promise<Token> {
  const { scopes, signal } = options;
  const { base, challenge } = ping;
  if (challenge?.scheme !== 'bearer') throw new AuthError(`${registry.name()} does not accept bearer tokens`);
  refuseBlocked(registry, options);
  const context = sessionContext(registry, options);
  const config = await context.credentials({ signal });
  if (config.registryToken) return { token: config.registryToken, expiresIn: 0, refreshToken: undefined };
  const realm = await resolveRealm(challenge.parameters.get('realm'), base, context);
  if (!realm.trusted && !isAnonymous(config)) throw untrustedRealmError(realm, base);
  const guard = sameOrigin(realm.url, base)
    ? context.connections.registryGuard
    : context.connections.guardFor(realm.url);
  const service = challenge.parameters.get('service');
  const request = { registry: base.host, realm: realm.url, guard, service, scopes, config };
  return fetchToken(context, request, { signal });
}

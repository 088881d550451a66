import { AuthError } from '../errors/service/auth.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Registry } from '../name/reference.js';
import { isAnonymous } from './auth/credentials.js';
import { fetchToken } from './auth/fetch-token.js';
import type { PingResult } from './auth/ping.js';
import { judgeRealm, untrusted } from './auth/realm.js';
import { refuseBlocked } from './new-session.js';
import { sessionContext } from './session/session-context.js';
import type { SessionOptions } from './settings/session-options.js';
import type { Token } from './auth/token.js';
import { sameOrigin } from './guard/url-guard.js';

export interface ExchangeOptions extends SessionOptions, AbortOptions {
  /** What the token is for, as `Repository.scope()` writes it. */
  readonly scopes: readonly string[];
}

/**
 * Exchanges credentials for a bearer token at the token server that a registry named in its answer to `ping`. A
 * session does this by itself; this is for tokens that go elsewhere.
 *
 * @throws {@link AuthError} if the registry takes no bearer tokens, its token server is another party, or it refuses.
 */
export async function exchange(
  registry: Registry,
  ping: PingResult,
  options: ExchangeOptions,
): Promise<Token> {
  const { scopes, signal } = options;
  const { base, challenge } = ping;
  if (challenge?.scheme !== 'bearer') throw new AuthError(`${registry.name()} takes no bearer tokens`);
  refuseBlocked(registry, options);
  const context = sessionContext(registry, options);
  const config = await context.credentials({ signal });
  if (config.registryToken) return { token: config.registryToken, expiresIn: 0, refreshToken: undefined };
  const realm = await judgeRealm(challenge.parameters.get('realm'), base, context);
  if (!realm.trusted && !isAnonymous(config)) throw untrusted(realm, base);
  const guard = sameOrigin(realm.url, base) ? context.reach.own : context.reach.foreign(realm.url);
  const service = challenge.parameters.get('service');
  const request = { registry: base.host, realm: realm.url, guard, service, scopes, config };
  return fetchToken(context, request, { signal });
}

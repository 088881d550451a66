import type { AuthConfig } from '../authn/authenticator.js';
import type { AbortOptions } from '../internal/abort.js';
import { type Challenge, chooseChallenge, parseChallenges } from './challenge.js';
import type { Context } from './context.js';
import { basicAuthorization, credentialKey, isAnonymous } from './credentials.js';
import { fetchToken } from './fetch-token.js';
import { judgeRealm, untrusted } from './realm.js';
import { coversScopes, uniteScopes } from './scopes.js';
import type { HeldToken } from './token-cache.js';
import { sameOrigin } from './url-guard.js';

/** Knows what to put into `Authorization` for one registry. */
export interface Authorizer {
  /** The value for an operation that needs these scopes; undefined for none. */
  authorization(scopes: readonly string[], options: AbortOptions): Promise<string | undefined>;
  /** Learns from a 401. Whether another attempt makes sense. */
  refused(sent: string | undefined, header: string | undefined): boolean;
}

/** Part of a token's life after which it is replaced. */
const REFRESH_AT = 0.8;
/** Scopes of one token; beyond that an operation gets a token of its own. */
const MAX_UNITED = 16;

export function newAuthorizer(context: Context, base: URL, first: Challenge | undefined): Authorizer {
  const { tokens, rotated, clock, trustedRealms, reach } = context;
  let challenge = first;
  /** The last token for what an operation is about, by its first scope's resource. */
  const held = new Map<string, HeldToken>();

  const fetch = async (
    bearer: Challenge,
    scopes: readonly string[],
    config: AuthConfig,
    options: AbortOptions,
  ) => {
    const realm = await judgeRealm(bearer.parameters.get('realm'), base, trustedRealms);
    if (!realm.trusted && !isAnonymous(config)) throw untrusted(realm, base);
    const guard = sameOrigin(realm.url, base) ? reach.own : reach.foreign(realm.url);
    const asked = clock.now();
    const service = bearer.parameters.get('service');
    // Token servers may replace an identity token when it is used.
    const given = JSON.stringify([realm.url.href, config.identityToken]);
    const identityToken = rotated.get(given) ?? config.identityToken;
    const current = { ...config, identityToken };
    const asking = { registry: base.host, realm: realm.url, guard, service, scopes, config: current };
    const token = await fetchToken(context, asking, options);
    if (token.refreshToken !== undefined && identityToken) rotated.set(given, token.refreshToken);
    const life = token.expiresIn * 1000;
    return { value: token.token, scopes, refreshAt: asked + life * REFRESH_AT, expiresAt: asked + life };
  };

  const bearerFor = async (
    bearer: Challenge,
    scopes: readonly string[],
    config: AuthConfig,
    options: AbortOptions,
  ): Promise<HeldToken> => {
    const group = groupOf(scopes);
    const united = uniteScopes(scopes, held.get(group)?.scopes ?? []);
    const wanted = united.length > MAX_UNITED ? uniteScopes(scopes) : united;
    const key = JSON.stringify([
      base.origin,
      bearer.parameters.get('realm'),
      bearer.parameters.get('service'),
      [...wanted].sort(),
      credentialKey(config),
    ]);
    const token = await tokens.obtain(
      key,
      clock.now(),
      (waiting) => fetch(bearer, wanted, config, waiting),
      options,
    );
    held.set(group, token);
    return token;
  };

  return {
    async authorization(scopes, options) {
      const ready = challenge?.scheme === 'bearer' ? held.get(groupOf(scopes)) : undefined;
      if (ready !== undefined && clock.now() < ready.refreshAt && coversScopes(ready.scopes, scopes)) {
        return `Bearer ${ready.value}`;
      }
      const config = await context.credentials(options);
      if (config.registryToken) return `Bearer ${config.registryToken}`;
      if (challenge?.scheme === 'bearer') {
        return `Bearer ${(await bearerFor(challenge, scopes, config, options)).value}`;
      }
      // Without a challenge too: registries with public reads show private content to those only who say who they are.
      return basicAuthorization(config);
    },

    refused(sent, header) {
      const found = chooseChallenge(parseChallenges(header ?? ''));
      if (found === undefined) return false;
      const before = challenge?.scheme;
      challenge = found;
      if (found.scheme === 'basic') return before !== 'basic' && sent?.startsWith('Basic ') !== true;
      const value = sent?.startsWith('Bearer ') ? sent.slice('Bearer '.length) : undefined;
      if (value !== undefined) {
        tokens.forget(value);
        for (const [group, token] of held) {
          if (token.value === value) held.delete(group);
        }
      }
      return true;
    },
  };
}

function groupOf([first = '']: readonly string[]): string {
  return first.slice(0, Math.max(first.lastIndexOf(':'), 0));
}

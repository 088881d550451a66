import type { AuthConfig } from '../../authn/config/authenticator.js';
import { isContainerError } from '../../errors/base.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Challenge } from './challenge.js';
import type { Context } from './context.js';
import { basicAuthorization, credentialKey, isAnonymous } from './credentials.js';
import { fetchToken } from './fetch-token.js';
import { judgeRealm, untrusted } from './realm.js';
import { coversScopes, uniteScopes } from './scopes.js';
import type { HeldToken } from './token-cache.js';
import { sameOrigin } from '../guard/url-guard.js';
import { usableChallenge } from './usable-challenge.js';

/** What a request is sent with. */
export interface Grant {
  /** The value of `Authorization`. */
  readonly value: string;
  /** The token in it, if a token server gave it. */
  readonly token: HeldToken | undefined;
}

export interface Refusal {
  readonly status: number;
  /** The header `WWW-Authenticate`. */
  readonly challenge: string | undefined;
}

/** Knows what to put into `Authorization` for one registry. */
export interface Authorizer {
  /** The authorization for an operation that needs these scopes; undefined for none. */
  authorization(scopes: readonly string[], options: AbortOptions): Promise<Grant | undefined>;
  /**
   * Learns from a response that asks for another authorization. Returns the scopes for another attempt: those of the
   * request, and those that the registry names. Undefined if another attempt would send the same again.
   */
  refused(
    sent: Grant | undefined,
    refusal: Refusal,
    scopes: readonly string[],
    options: AbortOptions,
  ): Promise<readonly string[] | undefined>;
}

/** Part of a token's life after which it is replaced. */
const REFRESH_AT = 0.8;
/** Scopes of one token; beyond that an operation gets a token of its own. */
const MAX_UNITED = 16;
/** Scopes that are taken from one challenge. */
const MAX_CHALLENGED = 16;

export function newAuthorizer(context: Context, base: URL, first: Challenge | undefined): Authorizer {
  const { tokens, rotated, clock, reach } = context;
  let challenge = first;
  /** Tokens did not help, so the password went to the registry, as it offers beside them; that is tried once. */
  let passwordSent = false;
  /** The last token for what an operation is about, by its first scope's resource. */
  const held = new Map<string, HeldToken>();

  const fetch = async (
    bearer: Challenge,
    scopes: readonly string[],
    config: AuthConfig,
    options: AbortOptions,
  ) => {
    const realm = await judgeRealm(bearer.parameters.get('realm'), base, context);
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
    return {
      value: token.token,
      scopes,
      realm: bearer.parameters.get('realm'),
      service,
      accepted: false,
      refreshAt: asked + life * REFRESH_AT,
      expiresAt: asked + life,
    };
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

  const isReady = (token: HeldToken, bearer: Challenge, scopes: readonly string[]): boolean =>
    clock.now() < token.refreshAt && servesChallenge(token, bearer) && coversScopes(token.scopes, scopes);

  const forget = ({ value }: HeldToken): void => {
    tokens.forget(value);
    for (const [group, token] of held) if (token.value === value) held.delete(group);
  };

  return {
    async authorization(scopes, options) {
      const ready = challenge?.scheme === 'bearer' ? held.get(groupOf(scopes)) : undefined;
      if (ready !== undefined && challenge !== undefined && isReady(ready, challenge, scopes)) {
        return bearerGrant(ready);
      }
      const config = await context.credentials(options);
      if (config.registryToken) return { value: `Bearer ${config.registryToken}`, token: undefined };
      if (challenge?.scheme === 'bearer') {
        const { alternative } = challenge;
        try {
          return bearerGrant(await bearerFor(challenge, scopes, config, options));
        } catch (error) {
          options.signal?.throwIfAborted();
          const offered = alternative === undefined ? undefined : basicAuthorization(config);
          if (offered === undefined || !mayTryBasic(error)) throw error;
          // Some registries name a token server that is not there, and take the password themselves.
          passwordSent = true;
          challenge = alternative;
          return { value: offered, token: undefined };
        }
      }
      // Without a challenge too: registries with public reads show private content to those only who say who they are.
      const basic = basicAuthorization(config);
      return basic === undefined ? undefined : { value: basic, token: undefined };
    },

    async refused(sent, { status, challenge: header }, scopes, options) {
      // Any other 403 is the registry's last word, however malformed its challenge is.
      if (status === 403 && header?.includes('insufficient_scope') !== true) return undefined;
      const found = usableChallenge(header);
      if (found === undefined) return undefined;
      const before = challenge;
      challenge = found;
      const sentBasic = sent?.value.startsWith('Basic ') === true;
      if (passwordSent && sentBasic && found.alternative !== undefined) return undefined;
      if (found.scheme === 'basic') return before?.scheme !== 'basic' && !sentBasic ? scopes : undefined;
      const wanted = uniteScopes(scopes, challengedScopes(found));
      const token = sent?.token;
      // A registry token is all that there is.
      if (token === undefined) return sent === undefined || sentBasic ? wanted : undefined;
      const lacksScope =
        !coversScopes(token.scopes, wanted) || found.parameters.get('error') === 'insufficient_scope';
      if (token.accepted && !lacksScope) {
        // It was revoked, or expired early: a new one comes from where it came from. NVIDIA's registry names a server
        // for members only in this case.
        challenge = before;
        forget(token);
        return wanted;
      }
      if (!servesChallenge(token, found) || !coversScopes(token.scopes, wanted)) return wanted;
      // The same token would be refused again. Some registries offer tokens that they do not accept themselves.
      if (status !== 401 || found.alternative === undefined || passwordSent) return undefined;
      if (basicAuthorization(await context.credentials(options)) === undefined) return undefined;
      passwordSent = true;
      challenge = found.alternative;
      return scopes;
    },
  };
}

/** Not where a token server refused the credentials: it would be no better to send them to the registry. */
function mayTryBasic(error: unknown): boolean {
  const cause = error instanceof Error && !(error instanceof TransportError) ? error.cause : error;
  const status = cause instanceof TransportError ? cause.status : undefined;
  return isContainerError(error) && status !== 401 && status !== 403;
}

const bearerGrant = (token: HeldToken): Grant => ({ value: `Bearer ${token.value}`, token });

function challengedScopes({ parameters }: Challenge): readonly string[] {
  return (parameters.get('scope') ?? '').split(' ').filter(Boolean).slice(0, MAX_CHALLENGED);
}

/** Whether a token came from the token server, and for the service, that a challenge names. */
function servesChallenge({ realm, service }: HeldToken, { parameters }: Challenge): boolean {
  return realm === parameters.get('realm') && service === parameters.get('service');
}

function groupOf([first = '']: readonly string[]): string {
  return first.slice(0, Math.max(first.lastIndexOf(':'), 0));
}

import type { AuthConfig } from '../../authn/config/authenticator.js';
import { isContainerError } from '../../errors/base.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Challenge } from './challenge.js';
import type { Context } from './context.js';
import { basicAuthorization, credentialKey, isAnonymous } from './credentials.js';
import { fetchToken } from './fetch-token.js';
import { resolveRealm, untrustedRealmError } from './realm.js';
import { coversScopes, uniteScopes } from './scopes.js';
import type { CachedToken } from './token-cache.js';
import { sameOrigin } from '../guard/url-guard.js';
import { usableChallenge } from './usable-challenge.js';

// Start reading this room here: an authorizer handles the challenges of one registry. It takes credentials from the
// keychain, checks that the token server may have them (`realm`), and obtains a token (`fetch-token`).

/** The authorization that a request is sent with. */
export interface Grant {
  /** The value of the header `Authorization`. */
  readonly value: string;
  /** The token in the value, if it came from a token server. */
  readonly token: CachedToken | undefined;
}

/** A response with status 401 or 403. */
export interface Refusal {
  readonly status: number;
  /** The header `WWW-Authenticate`. */
  readonly challenge: string | undefined;
}

/** Part of a token's lifetime after which it is replaced. */
const REFRESH_AT = 0.8;
/** The maximum number of scopes of one token. Beyond that, an operation gets a token of its own. */
const MAX_UNITED = 16;
/** The maximum number of scopes that are taken from one challenge. */
const MAX_CHALLENGED = 16;

/** Chooses the header `Authorization` of requests to one registry. */
export class Authorizer {
  readonly #context: Context;
  readonly #base: URL;
  #challenge: Challenge | undefined;
  /** Set when the password was sent to the registry, which offers that beside tokens. It is tried only once. */
  #passwordSent = false;
  /** The last token of each resource, which the first scope of an operation names. */
  readonly #tokens = new Map<string, CachedToken>();

  /** @param challenge - the challenge of the ping; undefined if the registry does not authenticate clients. */
  constructor(context: Context, base: URL, challenge: Challenge | undefined) {
    this.#context = context;
    this.#base = base;
    this.#challenge = challenge;
  }

  /** The authorization for an operation that needs these scopes; undefined if the request is sent without one. */
  async authorization(scopes: readonly string[], options: AbortOptions): Promise<Grant | undefined> {
    const challenge = this.#challenge;
    const ready = challenge?.scheme === 'bearer' ? this.#tokens.get(resourceOf(scopes)) : undefined;
    if (ready !== undefined && challenge !== undefined && this.#isReady(ready, challenge, scopes)) {
      return bearerGrant(ready);
    }
    const config = await this.#context.credentials(options);
    if (config.header) return { value: config.header, token: undefined };
    if (config.registryToken) return { value: `Bearer ${config.registryToken}`, token: undefined };
    if (this.#challenge?.scheme === 'bearer') {
      return this.#bearerOrPassword(this.#challenge, scopes, config, options);
    }
    // Also without a challenge: some registries let everyone read public content, and show private content only to
    // clients that send credentials unasked.
    const basic = basicAuthorization(config);
    return basic === undefined ? undefined : { value: basic, token: undefined };
  }

  /**
   * Learns from a response that asks for another authorization. Returns the scopes for another attempt: those of the
   * request, and those that the registry names. Undefined if another attempt would send the same again.
   */
  async refused(
    sent: Grant | undefined,
    { status, challenge: header }: Refusal,
    scopes: readonly string[],
    options: AbortOptions,
  ): Promise<readonly string[] | undefined> {
    // Any other 403 is final, and its challenge need not even be well-formed.
    if (status === 403 && header?.includes('insufficient_scope') !== true) return undefined;
    const found = usableChallenge(header);
    if (found === undefined) return undefined;
    const before = this.#challenge;
    this.#challenge = found;
    const sentBasic = sent?.value.startsWith('Basic ') === true;
    if (this.#passwordSent && sentBasic && found.alternative !== undefined) return undefined;
    if (found.scheme === 'basic') return before?.scheme !== 'basic' && !sentBasic ? scopes : undefined;
    const wanted = uniteScopes(scopes, challengedScopes(found));
    const token = sent?.token;
    // A registry token from the configuration cannot be replaced.
    if (token === undefined) return sent === undefined || sentBasic ? wanted : undefined;
    const lacksScope =
      !coversScopes(token.scopes, wanted) || found.parameters.get('error') === 'insufficient_scope';
    if (token.accepted && !lacksScope) {
      // The token was revoked, or expired early. The same token server issues a new one; NVIDIA's registry names a
      // server for members only in this case.
      this.#challenge = before;
      this.#forget(token);
      return wanted;
    }
    if (!servesChallenge(token, found) || !coversScopes(token.scopes, wanted)) return wanted;
    // The same token would be refused again. Some registries offer tokens that they do not accept themselves.
    if (status !== 401 || found.alternative === undefined || this.#passwordSent) return undefined;
    if (basicAuthorization(await this.#context.credentials(options)) === undefined) return undefined;
    this.#passwordSent = true;
    this.#challenge = found.alternative;
    return scopes;
  }

  /** A token; if it cannot be obtained, the password, if the registry offers to take it. */
  async #bearerOrPassword(
    challenge: Challenge,
    scopes: readonly string[],
    config: AuthConfig,
    options: AbortOptions,
  ): Promise<Grant> {
    try {
      return bearerGrant(await this.#obtainToken(challenge, scopes, config, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      const basic = challenge.alternative === undefined ? undefined : basicAuthorization(config);
      if (basic === undefined || !mayTryBasic(error)) throw error;
      // Some registries name a token server that does not exist, and accept the password themselves.
      this.#passwordSent = true;
      this.#challenge = challenge.alternative;
      return { value: basic, token: undefined };
    }
  }

  /** A token for these scopes and those of earlier operations on the same resource, from the cache if it has one. */
  async #obtainToken(
    bearer: Challenge,
    scopes: readonly string[],
    config: AuthConfig,
    options: AbortOptions,
  ): Promise<CachedToken> {
    const resource = resourceOf(scopes);
    const united = uniteScopes(scopes, this.#tokens.get(resource)?.scopes ?? []);
    const wanted = united.length > MAX_UNITED ? uniteScopes(scopes) : united;
    const key = JSON.stringify([
      this.#base.origin,
      bearer.parameters.get('realm'),
      bearer.parameters.get('service'),
      [...wanted].sort(),
      credentialKey(config),
    ]);
    const token = await this.#context.tokens.obtain(
      key,
      this.#context.clock.now(),
      (abort) => this.#fetchToken(bearer, wanted, config, abort),
      options,
    );
    this.#tokens.set(resource, token);
    return token;
  }

  async #fetchToken(
    bearer: Challenge,
    scopes: readonly string[],
    config: AuthConfig,
    options: AbortOptions,
  ): Promise<CachedToken> {
    const { replacedIdentityTokens, clock, connections } = this.#context;
    const base = this.#base;
    const realm = await resolveRealm(bearer.parameters.get('realm'), base, this.#context);
    if (!realm.trusted && !isAnonymous(config)) throw untrustedRealmError(realm, base);
    const guard = sameOrigin(realm.url, base) ? connections.registryGuard : connections.guardFor(realm.url);
    const requestedAt = clock.now();
    const service = bearer.parameters.get('service');
    // A token server may replace an identity token when it is used.
    const replacementKey = JSON.stringify([realm.url.href, config.identityToken]);
    const identityToken = replacedIdentityTokens.get(replacementKey) ?? config.identityToken;
    const request = {
      registry: base.host,
      realm: realm.url,
      guard,
      service,
      scopes,
      config: { ...config, identityToken },
    };
    const token = await fetchToken(this.#context, request, options);
    if (token.refreshToken !== undefined && identityToken) {
      replacedIdentityTokens.set(replacementKey, token.refreshToken);
    }
    const lifetimeMs = token.expiresIn * 1000;
    return {
      value: token.token,
      scopes,
      realm: bearer.parameters.get('realm'),
      service,
      accepted: false,
      refreshAt: requestedAt + lifetimeMs * REFRESH_AT,
      expiresAt: requestedAt + lifetimeMs,
    };
  }

  #isReady(token: CachedToken, bearer: Challenge, scopes: readonly string[]): boolean {
    const isFresh = this.#context.clock.now() < token.refreshAt;
    return isFresh && servesChallenge(token, bearer) && coversScopes(token.scopes, scopes);
  }

  #forget({ value }: CachedToken): void {
    this.#context.tokens.forget(value);
    for (const [resource, token] of this.#tokens) if (token.value === value) this.#tokens.delete(resource);
  }
}

/** Not if a token server refused the credentials, because then the registry would refuse them, too. */
function mayTryBasic(error: unknown): boolean {
  const cause = error instanceof Error && !(error instanceof TransportError) ? error.cause : error;
  const status = cause instanceof TransportError ? cause.status : undefined;
  return isContainerError(error) && status !== 401 && status !== 403;
}

const bearerGrant = (token: CachedToken): Grant => ({ value: `Bearer ${token.value}`, token });

function challengedScopes({ parameters }: Challenge): readonly string[] {
  return (parameters.get('scope') ?? '').split(' ').filter(Boolean).slice(0, MAX_CHALLENGED);
}

/** Whether a token came from the token server that a challenge names, and is for the same service. */
function servesChallenge({ realm, service }: CachedToken, { parameters }: Challenge): boolean {
  return realm === parameters.get('realm') && service === parameters.get('service');
}

/** The resource of the first scope, such as `repository:library/busybox`. */
function resourceOf([first = '']: readonly string[]): string {
  return first.slice(0, Math.max(first.lastIndexOf(':'), 0));
}

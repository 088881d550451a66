import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../internal/async/clock.js';
import type { Access, TokenAuthOptions } from '../registry/http/auth.js';
import { errorResponse, jsonResponse } from './server/responses.js';
import type { ScriptedResponse } from './server/response.js';
import type { Listening, ListenOptions } from './server/listening.js';
import type { RecordedRequest } from './server/recorded-request.js';
import { scriptedRegistry } from './scripted-registry.js';
import type { Step } from './server/step.js';
import { readTokenRequest, type TokenRequest } from './token-request.js';

export interface TokenServerOptions extends ListenOptions {
  /** User names to passwords. Without any, everybody gets tokens. */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Refresh tokens (identity tokens) to the users that they stand for. */
  readonly refreshTokens?: Readonly<Record<string, string>> | undefined;
  /** Every use of a refresh token gives another one and ends the old one. @default false */
  readonly rotate?: boolean | undefined;
  /** @default 'registry.test' */
  readonly service?: string | undefined;
  /** How long tokens are good. @default 300 */
  readonly expiresIn?: number | undefined;
  /** What the answers say in place of the truth: another number, a word, or `null` for nothing. */
  readonly claimedExpiresIn?: number | string | null | undefined;
  /** The service that tokens are really for; another one than `service` makes the registry refuse them all. */
  readonly audience?: string | undefined;
  /** The field of the answer that carries the token. @default both */
  readonly field?: 'token' | 'access_token' | 'both' | undefined;
  /** Answers some requests by script: HTML, 429, 503, slowly, not at all. */
  readonly script?: readonly Step[] | undefined;
  readonly clock?: Clock | undefined;
}

/** A token as it was given. */
export interface IssuedToken {
  readonly token: string;
  /** `repository:app:pull,push`, as they were granted. */
  readonly scopes: readonly string[];
  /** Undefined for anonymous ones. */
  readonly user: string | undefined;
  readonly expiresAt: number;
}

/** A token server of Docker's protocol, GET and OAuth2. */
export interface TokenServer extends Listening {
  /** What a challenge names. */
  readonly realm: string;
  /** For the embedded registry: `registry.serve({ auth: { token: tokens.auth } })`. */
  readonly auth: TokenAuthOptions;
  readonly requests: readonly RecordedRequest[];
  readonly issued: readonly IssuedToken[];
  /** Ends every token that was given so far, as if its time had run out. */
  expireAll(): void;
  /** @throws AssertionError if steps of the script were not used. */
  expectDone(): void;
}

/** Starts a token server. Its tokens are opaque, and as good as their scopes say. */
export async function tokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const { service = 'registry.test', expiresIn = 300, clock = systemClock, rotate = false } = options;
  const issued = new Map<string, IssuedToken>();
  const refreshTokens = new Map(Object.entries(options.refreshTokens ?? {}));

  const issue = (user: string | undefined, scopes: readonly string[]): IssuedToken => {
    const token = randomBytes(24).toString('base64url');
    const entry = { token, scopes, user, expiresAt: clock.now() + expiresIn * 1000 };
    issued.set(token, entry);
    return entry;
  };
  const refreshed = (used: string, user: string): string => {
    if (!rotate) return used;
    const next = randomBytes(24).toString('base64url');
    refreshTokens.delete(used);
    refreshTokens.set(next, user);
    return next;
  };
  const userOf = (asked: TokenRequest): string | undefined => {
    if (asked.refreshToken !== undefined) return refreshTokens.get(asked.refreshToken);
    const { user, password } = asked;
    return user !== undefined && options.users?.[user] === password ? user : undefined;
  };
  const grant = (asked: TokenRequest): ScriptedResponse => {
    const user = userOf(asked);
    const named = asked.user !== undefined || asked.refreshToken !== undefined;
    if (user === undefined && (named || options.users !== undefined))
      return errorResponse(401, 'UNAUTHORIZED');
    const { token } = issue(user, asked.scopes);
    const { field = 'both', claimedExpiresIn = expiresIn } = options;
    return jsonResponse({
      ...(field !== 'access_token' && { token }),
      ...(field !== 'token' && { access_token: token }),
      ...(claimedExpiresIn !== null && { expires_in: claimedExpiresIn }),
      issued_at: new Date(clock.now()).toISOString(),
      ...(asked.refreshToken !== undefined &&
        user !== undefined && { refresh_token: refreshed(asked.refreshToken, user) }),
    });
  };

  const server = await scriptedRegistry(
    [
      ...(options.script ?? []),
      {
        on: /^(GET|POST) \/token(\?|$)/,
        times: Infinity,
        response: async (request, { received }) => {
          await received();
          return grant(readTokenRequest(request));
        },
      },
    ],
    options,
  );
  const realm = `${server.url}/token`;
  const good = (token: string, access: Access): boolean => {
    const entry = issued.get(token);
    if (entry === undefined || clock.now() >= entry.expiresAt) return false;
    return (options.audience ?? service) === service && permits(entry.scopes, access);
  };
  return {
    ...server,
    realm,
    auth: { realm, service, verify: good },
    get issued() {
      return [...issued.values()];
    },
    expireAll() {
      for (const [token, entry] of issued) issued.set(token, { ...entry, expiresAt: 0 });
    },
  };
}

function permits(scopes: readonly string[], access: Access): boolean {
  if (access.type === 'ping') return true;
  if (access.type === 'catalog') return scopes.includes('registry:catalog:*');
  return scopes.some((scope) => {
    const actions = scope.slice(scope.lastIndexOf(':') + 1).split(',');
    return (
      scope.startsWith(`repository:${access.name}:`) &&
      (actions.includes(access.action) || actions.includes('*'))
    );
  });
}

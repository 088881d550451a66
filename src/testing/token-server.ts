import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../internal/async/clock.js';
import type { Access, TokenAuthOptions } from '../registry/http/auth.js';
import { errorResponse, jsonResponse } from './server/responses.js';
import type { ScriptedResponse } from './server/response.js';
import type { LoopbackServer, ListenOptions } from './server/loopback-server.js';
import type { RecordedRequest } from './server/recorded-request.js';
import { scriptedRegistry } from './scripted-registry.js';
import type { Step } from './server/step.js';
import { readTokenRequest, type TokenRequest } from './token-request.js';

/** Whom a token server gives tokens to, what they are, and where the server listens. */
export interface TokenServerOptions extends ListenOptions {
  /** Passwords by user name. @default none: everybody receives tokens */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** User names by refresh token (docker's identity token). @default none */
  readonly refreshTokens?: Readonly<Record<string, string>> | undefined;
  /** Each use of a refresh token returns a new one, and the old one becomes invalid. @default false */
  readonly rotate?: boolean | undefined;
  /** The name of the service in challenges. @default 'registry.test' */
  readonly service?: string | undefined;
  /** The lifetime of tokens in seconds. @default 300 */
  readonly expiresIn?: number | undefined;
  /** What responses say as `expires_in` in place of the real lifetime; `null` omits the field. @default the real lifetime */
  readonly claimedExpiresIn?: number | string | null | undefined;
  /** The service for which tokens are valid. If it differs from `service`, the registry refuses every token. @default `service` */
  readonly audience?: string | undefined;
  /** The field of a response that carries the token. @default 'both' */
  readonly field?: 'token' | 'access_token' | 'both' | undefined;
  /** Steps that serve some requests in place of the token server, for example with HTML, 429, 503, a delay or no response. */
  readonly script?: readonly Step[] | undefined;
  /** The clock that decides when tokens expire. @default the clock of the system */
  readonly clock?: Clock | undefined;
}

/** A token that a token server issued. */
export interface IssuedToken {
  /** The token itself, which is opaque. */
  readonly token: string;
  /** The granted scopes, for example `repository:app:pull,push`. */
  readonly scopes: readonly string[];
  /** The user who requested it; undefined for an anonymous request. */
  readonly user: string | undefined;
  /** The end of its lifetime, in milliseconds since 1970 by the server's clock. */
  readonly expiresAt: number;
}

/** A running token server. It speaks docker's token protocol, both by GET and by OAuth2. */
export interface TokenServer extends LoopbackServer {
  /** The URL of the realm, as a challenge names it. */
  readonly realm: string;
  /** The setting for the embedded registry: `registry.serve({ auth: { token: tokens.auth } })`. */
  readonly auth: TokenAuthOptions;
  /** All requests so far, in the order in which they arrived. */
  readonly requests: readonly RecordedRequest[];
  /** All tokens issued so far, in order. */
  readonly issued: readonly IssuedToken[];
  /** Makes every token issued so far invalid, as if it had expired. */
  expireAll(): void;
  /** @throws AssertionError if steps of the script were not used. */
  expectDone(): void;
}

/** Starts a token server. It grants every scope that an authenticated client requests. */
export async function tokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const { service = 'registry.test', audience = service, clock = systemClock } = options;
  const tokens = new IssuedTokens(options, clock);
  const server = await scriptedRegistry(
    [
      ...(options.script ?? []),
      {
        on: /^(GET|POST) \/token(\?|$)/,
        times: Infinity,
        response: async (request, { received }) => {
          await received();
          return tokens.respond(readTokenRequest(request));
        },
      },
    ],
    options,
  );
  const realm = `${server.url}/token`;
  return {
    ...server,
    realm,
    auth: {
      realm,
      service,
      verify: (token, access) => audience === service && tokens.permit(token, access),
    },
    get issued() {
      return tokens.all();
    },
    expireAll() {
      tokens.expireAll();
    },
  };
}

/** The tokens of a server: who receives them, and what they permit. */
class IssuedTokens {
  readonly #options: TokenServerOptions;
  readonly #clock: Clock;
  readonly #issued = new Map<string, IssuedToken>();
  readonly #users: ReadonlyMap<string, string> | undefined;
  readonly #refreshTokens: Map<string, string>;

  constructor(options: TokenServerOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#users = options.users === undefined ? undefined : new Map(Object.entries(options.users));
    this.#refreshTokens = new Map(Object.entries(options.refreshTokens ?? {}));
  }

  all(): readonly IssuedToken[] {
    return [...this.#issued.values()];
  }

  expireAll(): void {
    for (const [token, entry] of this.#issued) this.#issued.set(token, { ...entry, expiresAt: 0 });
  }

  permit(token: string, access: Access): boolean {
    const entry = this.#issued.get(token);
    return entry !== undefined && this.#clock.now() < entry.expiresAt && scopesPermit(entry.scopes, access);
  }

  respond(request: TokenRequest): ScriptedResponse {
    const user = this.#userOf(request);
    const hasCredentials = request.user !== undefined || request.refreshToken !== undefined;
    if (user === undefined && (hasCredentials || this.#users !== undefined)) {
      return errorResponse(401, 'UNAUTHORIZED');
    }
    const { expiresIn = 300, field = 'both', claimedExpiresIn = expiresIn } = this.#options;
    const { token } = this.#issue(user, request.scopes, expiresIn);
    return jsonResponse({
      ...(field !== 'access_token' && { token }),
      ...(field !== 'token' && { access_token: token }),
      ...(claimedExpiresIn !== null && { expires_in: claimedExpiresIn }),
      issued_at: new Date(this.#clock.now()).toISOString(),
      ...(request.refreshToken !== undefined &&
        user !== undefined && { refresh_token: this.#nextRefreshToken(request.refreshToken, user) }),
    });
  }

  #userOf({ user, password, refreshToken }: TokenRequest): string | undefined {
    if (refreshToken !== undefined) return this.#refreshTokens.get(refreshToken);
    return user !== undefined && this.#users?.get(user) === password ? user : undefined;
  }

  #issue(user: string | undefined, scopes: readonly string[], expiresIn: number): IssuedToken {
    const token = randomToken();
    const entry = { token, scopes, user, expiresAt: this.#clock.now() + expiresIn * 1000 };
    this.#issued.set(token, entry);
    return entry;
  }

  #nextRefreshToken(used: string, user: string): string {
    if (this.#options.rotate !== true) return used;
    const next = randomToken();
    this.#refreshTokens.delete(used);
    this.#refreshTokens.set(next, user);
    return next;
  }
}

const randomToken = (): string => randomBytes(24).toString('base64url');

function scopesPermit(scopes: readonly string[], access: Access): boolean {
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

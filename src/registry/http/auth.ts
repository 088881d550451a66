import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { sha256Bytes } from '../../v1/hash.js';
import { ProtocolError } from '../store/protocol-error.js';

/** What a request wants to access: the ping, the list of repositories, or one repository. */
export type Access =
  | { readonly type: 'ping' }
  | { readonly type: 'catalog' }
  | {
      readonly type: 'repository';
      /** The name of the repository. */
      readonly name: string;
      /** What the client wants to do. */
      readonly action: 'pull' | 'push' | 'delete';
    };

/** A request that an {@link AuthHook} decides about. */
export interface AuthRequest {
  /** The `Authorization` header as the client sent it. */
  readonly authorization: string | undefined;
  /** What the request wants to access. */
  readonly access: Access;
  /** The request itself. Its body must not be read. */
  readonly request: IncomingMessage;
}

/**
 * `'allow'` permits the request, `'deny'` refuses it with status 403, and a challenge asks for (other) credentials with
 * status 401. The challenge is the value of the `WWW-Authenticate` header.
 */
export type AuthDecision = 'allow' | 'deny' | { readonly challenge: string };

/** Decides about each request, before the registry reads or writes anything for it. */
export type AuthHook = (request: AuthRequest) => AuthDecision | Promise<AuthDecision>;

/** Access with user names and passwords. */
export interface BasicAuthOptions {
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** The realm in challenges. @default 'registry' */
  readonly realm?: string | undefined;
}

/** Access with bearer tokens of a token server. */
export interface TokenAuthOptions {
  /** The URL of the token server, which challenges name. */
  readonly realm: string;
  /** The name of this registry, which challenges name. */
  readonly service: string;
  /** Whether a bearer token permits the access. */
  verify(token: string, access: Access): boolean | Promise<boolean>;
}

/** How a registry is protected: by passwords, by the tokens of a token server, or by a function of the caller. */
export type RegistryAuth =
  AuthHook | { readonly basic: BasicAuthOptions } | { readonly token: TokenAuthOptions };

/** Decides whether a request may access something. */
export interface Authorizer {
  /** Throws a {@link ProtocolError} with status 401 or 403 if the access is not permitted. */
  require(request: IncomingMessage, access: Access): Promise<void>;
  permits(request: IncomingMessage, access: Access): Promise<boolean>;
}

/** Makes the authorizer for the option `auth`; without it everything is permitted. */
export function newAuthorizer(auth: RegistryAuth | undefined): Authorizer {
  const hook = toHook(auth);
  const decide = async (request: IncomingMessage, access: Access): Promise<AuthDecision> =>
    hook({ authorization: request.headers.authorization, access, request });
  return {
    permits: async (request, access) => (await decide(request, access)) === 'allow',
    require: async (request, access) => {
      const decision = await decide(request, access);
      if (decision === 'allow') return;
      if (decision === 'deny')
        throw new ProtocolError(403, 'DENIED', 'requested access to the resource is denied');
      throw new ProtocolError(401, 'UNAUTHORIZED', 'authentication required', {
        headers: { 'WWW-Authenticate': decision.challenge },
      });
    },
  };
}

function toHook(auth: RegistryAuth | undefined): AuthHook {
  if (auth === undefined) return () => 'allow';
  if (typeof auth === 'function') return auth;
  return 'basic' in auth ? basicHook(auth.basic) : tokenHook(auth.token);
}

function basicHook({ users, realm = 'registry' }: BasicAuthOptions): AuthHook {
  const challenge = `Basic realm="${realm}"`;
  const accepted = Object.entries(users).map(([user, password]) => fingerprint(`${user}:${password}`));
  return ({ authorization }) => {
    const encoded = /^basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(authorization ?? '')?.[1];
    if (encoded === undefined) return { challenge };
    const presented = fingerprint(Buffer.from(encoded, 'base64').toString('utf8'));
    // Fingerprints have the same length and all are compared, so that the time does not reveal anything.
    const matching = accepted.filter((credential) => timingSafeEqual(credential, presented));
    return matching.length > 0 ? 'allow' : { challenge };
  };
}

function fingerprint(credential: string): Uint8Array {
  return Buffer.from(sha256Bytes(Buffer.from(credential)));
}

function tokenHook(options: TokenAuthOptions): AuthHook {
  const { realm, service } = options;
  return async ({ authorization, access }) => {
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token !== undefined && (await options.verify(token, access))) return 'allow';
    const scope = scopeOf(access);
    const failure = token === undefined ? '' : ',error="invalid_token"';
    return {
      challenge: `Bearer realm="${realm}",service="${service}"${scope === '' ? '' : `,scope="${scope}"`}${failure}`,
    };
  };
}

function scopeOf(access: Access): string {
  if (access.type === 'ping') return '';
  if (access.type === 'catalog') return 'registry:catalog:*';
  const actions = access.action === 'push' ? 'pull,push' : access.action;
  return `repository:${access.name}:${actions}`;
}

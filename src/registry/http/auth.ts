import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { sha256Bytes } from '../../v1/hash.js';
import { ProtocolError } from '../store/protocol-error.js';

/** What a request wants to do. */
export type Access =
  | { readonly type: 'ping' }
  | { readonly type: 'catalog' }
  | {
      readonly type: 'repository';
      readonly name: string;
      readonly action: 'pull' | 'push' | 'delete';
    };

export interface AuthRequest {
  /** The `Authorization` header as it was sent. */
  readonly authorization: string | undefined;
  readonly access: Access;
  readonly request: IncomingMessage;
}

/** Lets a request pass, asks for (other) credentials with a challenge, or refuses it whatever the credentials. */
export type AuthDecision = 'allow' | 'deny' | { readonly challenge: string };

/** Decides about every request before anything is read or written for it. */
export type AuthHook = (request: AuthRequest) => AuthDecision | Promise<AuthDecision>;

export interface BasicAuthOptions {
  /** User names to passwords. */
  readonly users: Readonly<Record<string, string>>;
  /** @default 'registry' */
  readonly realm?: string | undefined;
}

export interface TokenAuthOptions {
  /** URL of the token server that the challenge names. */
  readonly realm: string;
  readonly service: string;
  /** Whether a bearer token permits the access. */
  verify(token: string, access: Access): boolean | Promise<boolean>;
}

/** How a registry protects itself: passwords, tokens of a token server, or a function of yours. */
export type RegistryAuth =
  AuthHook | { readonly basic: BasicAuthOptions } | { readonly token: TokenAuthOptions };

export interface Authorizer {
  /** Passes, or throws the answer 401 or 403. */
  require(request: IncomingMessage, access: Access): Promise<void>;
  permits(request: IncomingMessage, access: Access): Promise<boolean>;
}

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
    const given = fingerprint(Buffer.from(encoded, 'base64').toString('utf8'));
    // Fingerprints have one length and every one is compared, so that time tells nothing.
    const known = accepted.filter((credential) => timingSafeEqual(credential, given));
    return known.length > 0 ? 'allow' : { challenge };
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

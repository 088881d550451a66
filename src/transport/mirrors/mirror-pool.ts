import type { Authenticator, Keychain } from '../../authn/config/authenticator.js';
import { resolveAuth } from '../../authn/resolve-auth.js';
import { AuthError } from '../../errors/service/auth.js';
import type { ContainerError } from '../../errors/base.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';
import { systemClock } from '../../internal/async/clock.js';
import { lazy } from '../../internal/async/lazy.js';
import type { Registry } from '../../name/reference.js';
import { newRegistry } from '../../name/registry.js';
import { isTemporaryStatus } from '../wire/check-error.js';
import { directSession } from '../session/direct-session.js';
import type { RouteTable, Source } from '../settings/route-table.js';
import type { Session } from '../session/session.js';
import { defaultClient, sharedBy } from '../session/session-context.js';
import type { SessionOptions } from '../settings/session-options.js';

/** The conversations with mirrors, and what is known of them. */
export interface MirrorPool {
  /** For one attempt, after which another place is asked. */
  session(source: Source): Session;
  /** For a place after which there is none. */
  last(source: Source): Session;
  /** Whether a mirror failed lately in a way that concerns more than one request. */
  isAside(source: Source): boolean;
  /** Leaves a mirror alone for a while, if this failure is a reason to. */
  setAside(source: Source, error: ContainerError): void;
}

const ASIDE_MS = 60_000;
const MAX_ASIDE_MS = 3_600_000;
/** Beyond this many the conversations start anew; tokens and connections are the client's. */
const MAX_SESSIONS = 256;

export function newMirrorPool(registry: Registry, options: SessionOptions, routes: RouteTable): MirrorPool {
  const { clock = systemClock } = options;
  const { aside } = sharedBy(options.client ?? defaultClient(options.timeouts));
  const sessions = new Map<string, Session>();

  const open = (source: Source, more: SessionOptions): Session => {
    // Settings that block this place hold for mirrors too.
    routes.route(source.host, source.repository);
    const key = JSON.stringify([source.host, source.repository, source.insecure, more.retry]);
    const known =
      sessions.get(key) ??
      directSession(newRegistry(source.host, { insecure: source.insecure }), {
        ...options,
        ...more,
        auth: mirrorAuth(registry, source, options),
      });
    if (sessions.size >= MAX_SESSIONS) sessions.clear();
    sessions.set(key, known);
    return known;
  };

  return {
    session: (source) => open(source, { retry: { ...options.retry, attempts: 1 } }),
    last: (source) => open(source, {}),
    isAside: (source) => {
      const until = Math.max(aside.get(source.host) ?? 0, aside.get(nameOf(source)) ?? 0);
      return until > clock.now();
    },
    setAside(source, error) {
      const reach = concern(error);
      if (reach === 'request') return;
      const options = error instanceof TransportError ? (error.retryAfterMs ?? 0) : 0;
      const until = clock.now() + Math.min(Math.max(ASIDE_MS, options), MAX_ASIDE_MS);
      aside.set(reach === 'host' ? source.host : nameOf(source), until);
    },
  };
}

const nameOf = ({ host, repository }: Source): string => `${host}/${repository}`;

/** What a failure says something about. */
function concern(error: ContainerError): 'request' | 'repository' | 'host' {
  if (error instanceof NotFoundError) return 'request';
  if (error instanceof AuthError) return 'repository';
  if (!(error instanceof TransportError)) return 'host';
  const { status, step } = error;
  if (step === 'ping') return 'host';
  return status === undefined || status < 400 || isTemporaryStatus(status) ? 'host' : 'request';
}

/**
 * The registry's fixed credentials are for its own host; a keychain is asked for what belongs to the mirror. Undefined
 * means anonymous.
 */
function mirrorAuth(
  registry: Registry,
  source: Source,
  { auth, mirrorAuth: given }: SessionOptions,
): Authenticator | undefined {
  const keychain = given ?? (auth !== undefined && 'resolve' in auth ? auth : undefined);
  if (keychain !== undefined) return fromKeychain(keychain, source);
  const { host } = new URL(`https://${registry.registryStr()}`);
  return auth !== undefined && 'authorization' in auth && source.host === host ? auth : undefined;
}

function fromKeychain(keychain: Keychain, source: Source): Authenticator {
  const resource = { name: () => nameOf(source), registryStr: () => source.host };
  const found = lazy(async (options) => resolveAuth(keychain, resource, options));
  return { authorization: async (options) => (await found(options)).authorization(options) };
}

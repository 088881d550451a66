import type { Authenticator, Keychain } from '../../authn/config/authenticator.js';
import { isAuthenticator, isKeychain, readAuth } from '../../authn/config/credentials.js';
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
import { defaultClient, sharedState } from '../session/session-context.js';
import type { SessionOptions } from '../settings/session-options.js';

/** The sessions with mirrors, and the mirrors that are not asked for a while. */
export interface MirrorPool {
  /** A session that makes one attempt, because another source can be asked. */
  singleAttemptSession(source: Source): Session;
  /** A session with all retries, for the last source. */
  retryingSession(source: Source): Session;
  /** Whether a mirror is not asked, because it failed recently in a way that concerns more than one request. */
  isSuspended(source: Source): boolean;
  /** Suspends a mirror for a while if the failure concerns more than one request. */
  suspend(source: Source, error: ContainerError): void;
}

const SUSPENSION_MS = 60_000;
/** Longest suspension that a mirror can ask for with `Retry-After`. */
const MAX_SUSPENSION_MS = 3_600_000;
/** When there are more sessions than this, all are forgotten. Tokens and connections stay, because the client has them. */
const MAX_SESSIONS = 256;

export function newMirrorPool(registry: Registry, options: SessionOptions, routes: RouteTable): MirrorPool {
  const { clock = systemClock } = options;
  const { suspendedMirrors } = sharedState(options.client ?? defaultClient(options.timeouts));
  const sessions = new Map<string, Session>();

  const open = (source: Source, overrides: SessionOptions): Session => {
    // This throws if the settings block the mirror.
    routes.route(source.host, source.repository);
    const key = JSON.stringify([source.host, source.repository, source.insecure, overrides.retry]);
    const session =
      sessions.get(key) ??
      directSession(newRegistry(source.host, { insecure: source.insecure }), {
        ...options,
        ...overrides,
        auth: mirrorAuth(registry, source, options),
      });
    if (sessions.size >= MAX_SESSIONS) sessions.clear();
    sessions.set(key, session);
    return session;
  };

  return {
    singleAttemptSession: (source) => open(source, { retry: { ...options.retry, attempts: 1 } }),
    retryingSession: (source) => open(source, {}),
    isSuspended: (source) => {
      const until = Math.max(
        suspendedMirrors.get(source.host) ?? 0,
        suspendedMirrors.get(nameOf(source)) ?? 0,
      );
      return until > clock.now();
    },
    suspend(source, error) {
      const scope = scopeOfFailure(error);
      if (scope === 'request') return;
      const requestedMs = error instanceof TransportError ? (error.retryAfterMs ?? 0) : 0;
      const until = clock.now() + Math.min(Math.max(SUSPENSION_MS, requestedMs), MAX_SUSPENSION_MS);
      suspendedMirrors.set(scope === 'host' ? source.host : nameOf(source), until);
    },
  };
}

const nameOf = ({ host, repository }: Source): string => `${host}/${repository}`;

/** How much of a mirror a failure concerns: the request alone, the repository, or the whole host. */
function scopeOfFailure(error: ContainerError): 'request' | 'repository' | 'host' {
  if (error instanceof NotFoundError) return 'request';
  if (error instanceof AuthError) return 'repository';
  if (!(error instanceof TransportError)) return 'host';
  const { status, step } = error;
  if (step === 'ping') return 'host';
  return status === undefined || status < 400 || isTemporaryStatus(status) ? 'host' : 'request';
}

/**
 * The credentials for a mirror. A keychain finds those of the mirror itself; fixed credentials of the registry are used
 * only if the mirror is on the registry's own host. Undefined means anonymous.
 */
function mirrorAuth(
  registry: Registry,
  source: Source,
  { auth: given, mirrorAuth: mirrorKeychain }: SessionOptions,
): Authenticator | undefined {
  const auth = given === undefined ? undefined : readAuth(given);
  const keychain = mirrorKeychain ?? (auth !== undefined && isKeychain(auth) ? auth : undefined);
  if (keychain !== undefined) return fromKeychain(keychain, source);
  const { host } = new URL(`https://${registry.registryStr()}`);
  return auth !== undefined && isAuthenticator(auth) && source.host === host ? auth : undefined;
}

function fromKeychain(keychain: Keychain, source: Source): Authenticator {
  const resource = { name: () => nameOf(source), registryStr: () => source.host };
  const found = lazy(async (options) => resolveAuth(keychain, resource, options));
  return { authorization: async (options) => (await found(options)).authorization(options) };
}

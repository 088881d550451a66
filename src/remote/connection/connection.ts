import { anonymous } from '../../authn/config/anonymous.js';
import { resolveAuth } from '../../authn/resolve-auth.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import { type Limiter, limiter } from '../../internal/async/limit.js';
import type { Registry, Repository } from '../../name/reference.js';
import { newSession } from '../../transport/new-session.js';
import type { Session } from '../../transport/session/session.js';
import type { Access } from './paths.js';
import { type RemoteOptions, resolveSettings, type Settings } from './options.js';
import { newUploads, type Uploads } from './uploads.js';

/** What a run shares: its conversations, and what is known to be where. */
export interface Connections {
  readonly settings: Settings;
  readonly uploads: Uploads;
  /** Changes fallback tags one after the other. */
  readonly fallbackTags: Limiter;
  session(resource: Registry | Repository, options?: AbortOptions): Promise<Session>;
  access(repository: Repository, options?: AbortOptions): Promise<Access>;
}

const owners = new WeakMap<object, Connections>();

/** Lets `reuse` find the connections of a puller or pusher. */
export function registerOwner<T extends object>(owner: T, connections: Connections): T {
  owners.set(owner, connections);
  return owner;
}

/**
 * The connections of `reuse`, or new ones. Opens nothing.
 *
 * @throws TypeError if an option is out of range.
 */
export function connect(options: RemoteOptions): Connections {
  const { reuse } = options;
  if (reuse === undefined) return newConnections(options);
  const shared = owners.get(reuse);
  if (shared === undefined) throw new TypeError('reuse must be a puller or a pusher of this package');
  const { platform, pageSize, filter } = options;
  return withSettings(shared, {
    ...(platform && { platform }),
    ...(pageSize !== undefined && { pageSize }),
    ...(filter && { filter }),
  });
}

function withSettings(shared: Connections, changed: Partial<Settings>): Connections {
  const settings = Object.freeze({ ...shared.settings, ...changed });
  return Object.freeze<Connections>({
    ...shared,
    settings,
    access: async (repository, options) => ({ ...(await shared.access(repository, options)), settings }),
  });
}

function newConnections(options: RemoteOptions): Connections {
  const settings = resolveSettings(options);
  const { auth = anonymous } = options;
  /** By the resource that credentials are looked up for: they may belong to a repository. */
  const sessions = new Map<string, Lazy<Session>>();

  const session = async (resource: Registry | Repository, asked: AbortOptions = {}): Promise<Session> => {
    const registry = 'registry' in resource ? resource.registry : resource;
    const key = `${registry.scheme()}://${resource.name()}`;
    const open = async (o: AbortOptions): Promise<Session> =>
      newSession(registry, {
        ...options,
        mirrorAuth: options.mirrorAuth ?? ('resolve' in auth ? auth : undefined),
        auth: await resolveAuth(auth, resource, o),
      });
    const known = sessions.get(key) ?? lazy(open);
    sessions.set(key, known);
    return known(asked);
  };
  return Object.freeze<Connections>({
    settings,
    uploads: newUploads(settings.jobs),
    fallbackTags: limiter(1),
    session,
    access: async (repository, options) => ({
      repository,
      settings,
      session: await session(repository, options),
    }),
  });
}

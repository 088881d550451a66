import type { AbortOptions } from '../../internal/async/abort.js';
import { assertOptions } from '../../internal/arguments.js';
import { type Limiter, limiter } from '../../internal/async/limit.js';
import type { Registry, Repository } from '../../name/reference.js';
import type { Session } from '../../transport/session/session.js';
import type { Hash } from '../../v1/hash.js';
import { type RemoteOptions, resolveSettings, type Reusable, type Settings } from './options.js';
import { Sessions } from './sessions.js';
import { Uploads } from './uploads.js';

/*
 * Where to start reading: every operation gets a `Connection`, and from it a `RepositoryReader` or a
 * `RepositoryWriter`, which is the first argument of the functions in the other rooms.
 */

/** What an operation needs to read from a repository. */
export interface RepositoryReader {
  readonly repository: Repository;
  readonly session: Session;
  readonly settings: Settings;
}

/** What an operation needs to write to a repository. Its session never reads from a mirror. */
export interface RepositoryWriter extends RepositoryReader {
  readonly connection: Connection;
  /** The push scope of the repository, then the pull scopes of the repositories from which blobs are mounted. */
  readonly scopes: readonly string[];
  /** The registry has mirrors: content that was read from it may come from a mirror, and be missing in the registry. */
  readonly mirrored: boolean;
  /** Whether the repository has a blob or a manifest, for each digest for which this push asked it. */
  readonly found: Map<Hash, boolean>;
}

/** What the operations of one run share: options, sessions with registries, and knowledge of finished uploads. */
export class Connection {
  readonly settings: Settings;
  readonly uploads: Uploads;
  /** Runs the changes of fallback tags one after the other. */
  readonly fallbackTags: Limiter;
  readonly #sessions: Sessions;

  constructor(
    settings: Settings,
    sessions: Sessions,
    uploads = new Uploads(settings.jobs),
    fallbackTags = limiter(1),
  ) {
    this.settings = settings;
    this.#sessions = sessions;
    this.uploads = uploads;
    this.fallbackTags = fallbackTags;
  }

  /** A connection with other settings that shares everything else. */
  withSettings(changed: Partial<Settings>): Connection {
    const settings = Object.freeze({ ...this.settings, ...changed });
    return new Connection(settings, this.#sessions, this.uploads, this.fallbackTags);
  }

  /** See {@link Sessions.reserve}. */
  reserve(registries: readonly Registry[]): void {
    this.#sessions.reserve(registries);
  }

  async session(registry: Registry, options: AbortOptions): Promise<Session> {
    return this.#sessions.open(registry, options);
  }

  async reader(repository: Repository, options: AbortOptions): Promise<RepositoryReader> {
    const session = await this.#sessions.open(repository, options);
    return { repository, session, settings: this.settings };
  }

  /** Begins to write to a repository. The token is asked for `actions` when the first request needs it. */
  async writer(
    repository: Repository,
    options: AbortOptions,
    actions = 'push,pull',
  ): Promise<RepositoryWriter> {
    const { session, settings } = await this.reader(repository, options);
    // What mirrors have says nothing about what the registry lacks.
    const direct = session.direct ?? session;
    return {
      connection: this,
      repository,
      settings,
      session: direct,
      mirrored: direct !== session,
      scopes: [repository.scope(actions)],
      found: new Map(),
    };
  }
}

/** The connection of each puller and pusher, for `reuse`. */
const connections = new WeakMap<object, Connection>();

/** Lets `reuse` find the connection of a puller or pusher. */
export function registerOwner<T extends Reusable>(owner: T, connection: Connection): T {
  connections.set(owner, connection);
  return owner;
}

/**
 * The connection of `reuse`, or a new one. Sends nothing.
 *
 * @throws TypeError if an option is out of range.
 */
export function connect(options: RemoteOptions): Connection {
  assertOptions(options);
  const { reuse, platform, pageSize, filter } = options;
  if (reuse === undefined) return new Connection(resolveSettings(options), new Sessions(options));
  const shared = connections.get(reuse);
  if (shared === undefined) throw new TypeError('reuse must be a puller or a pusher of this package');
  return shared.withSettings({
    ...(platform && { platform }),
    ...(pageSize !== undefined && { pageSize }),
    ...(filter && { filter }),
  });
}

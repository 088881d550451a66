import { randomBytes } from 'node:crypto';
import type { BlobUpload } from '../blob-handler.js';
import { ProtocolError } from '../protocol-error.js';
import type { UploadLimits } from './limits.js';
import { UploadSession } from './session.js';
import { UseOrder } from './use-order.js';

/** An upload counts as abandoned if it has been unused for this time; an active client returns sooner. Only abandoned uploads make room for others. */
const ABANDONED_AFTER_MS = 60_000;

/** The maximum delay of a timer: Node runs a timer with a longer delay at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What is known about an upload when it is opened. */
export interface NewUpload {
  readonly repository: string;
  /** The key of the client; see {@link clientOf}. */
  readonly client: string;
  readonly algorithm: 'sha256' | 'sha512';
}

interface Entry {
  readonly session: UploadSession;
  readonly client: string;
  usedAt: number;
}

/**
 * The uploads in progress. Abandoned uploads expire. They are discarded earlier to make room for new ones, or if they hold
 * too many bytes.
 *
 * The time of each step does not depend on the number of open uploads: they are kept in the order of their last use, and each
 * moves only once from those in use to the abandoned ones.
 */
export class UploadSessions {
  readonly #open: () => Promise<BlobUpload>;
  readonly #limits: UploadLimits;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #young = new UseOrder<Entry>();
  readonly #abandoned = new UseOrder<Entry>();
  #abandonedBytes = 0;
  readonly #repositories = new Map<string, UseOrder<Entry>>();
  readonly #clients = new Map<string, UseOrder<Entry>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<BlobUpload>, limits: UploadLimits, now: () => number = Date.now) {
    this.#open = open;
    this.#limits = limits;
    this.#now = now;
  }

  /** Opens an upload; the error response is 429 if too many are open. */
  async start({ repository, client, algorithm }: NewUpload): Promise<UploadSession> {
    await this.#sweep();
    // There is no `await` from here to `touch`, so that concurrent requests cannot exceed a limit together.
    const ended = this.#makeRoom(repository, client);
    const id = randomBytes(16).toString('hex');
    const session = new UploadSession(id, repository, algorithm);
    this.#entries.set(id, { session, client, usedAt: this.#now() });
    this.touch(session);
    try {
      await Promise.all(ended);
      await session.open(this.#open);
    } catch (error) {
      this.#forget(session);
      throw error;
    }
    this.#schedule();
    return session;
  }

  /** Finds an upload of this repository and records its use; the error response is 404 if it does not exist. */
  async find(repository: string, id: string): Promise<UploadSession> {
    await this.#sweep();
    const session = this.#entries.get(id)?.session;
    if (session?.repository !== repository) throw uploadUnknown();
    this.touch(session);
    return session;
  }

  /** Records that the session is in use now; the error response is 404 if it has ended. */
  touch(session: UploadSession): void {
    const entry = this.#entries.get(session.id);
    if (entry === undefined) throw uploadUnknown();
    if (this.#abandoned.delete(entry)) this.#abandonedBytes -= session.size;
    entry.usedAt = this.#now();
    this.#young.use(entry);
    orderOf(this.#repositories, session.repository).use(entry);
    orderOf(this.#clients, entry.client).use(entry);
  }

  /** Ends a session and discards its bytes. */
  async end(session: UploadSession): Promise<void> {
    this.#forget(session);
    await session.discard();
  }

  async endAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { session } of [...this.#entries.values()]) {
      await session.settle();
      await this.end(session);
    }
  }

  #forget(session: UploadSession): void {
    const entry = this.#entries.get(session.id);
    if (entry === undefined) return;
    this.#entries.delete(session.id);
    this.#young.delete(entry);
    if (this.#abandoned.delete(entry)) this.#abandonedBytes -= session.size;
    removeFrom(this.#repositories, session.repository, entry);
    removeFrom(this.#clients, entry.client, entry);
  }

  /** Makes room for one more upload by ending an abandoned one; the error response is 429 if there is none. */
  #makeRoom(repository: string, client: string): readonly Promise<void>[] {
    const { maxUploads, maxUploadsPerClient, maxUploadsPerRepository } = this.#limits;
    const ended: Promise<void>[] = [];
    const requireRoom = (
      uploads: UseOrder<Entry> | undefined,
      open: number,
      limit: number,
      scope: string,
    ): void => {
      if (open < limit) return;
      const oldest = uploads?.oldest;
      if (oldest === undefined || !this.#isAbandoned(oldest))
        throw tooMany(scope, limit, this.#freeIn(oldest));
      ended.push(this.#endQuietly(oldest.session));
    };
    const ofClient = this.#clients.get(client);
    requireRoom(ofClient, ofClient?.size ?? 0, maxUploadsPerClient, 'of this client');
    const ofRepository = this.#repositories.get(repository);
    requireRoom(ofRepository, ofRepository?.size ?? 0, maxUploadsPerRepository, 'of this repository');
    const all = this.#abandoned.size > 0 ? this.#abandoned : this.#young;
    requireRoom(all, this.#entries.size, maxUploads, 'of this registry');
    return ended;
  }

  #isAbandoned({ session, usedAt }: Entry): boolean {
    return session.idle && this.#now() - usedAt >= ABANDONED_AFTER_MS;
  }

  /** The number of seconds until the upload counts as abandoned. */
  #freeIn(entry: Entry | undefined): number {
    const remainingMs = (entry?.usedAt ?? 0) + ABANDONED_AFTER_MS - this.#now();
    return Math.max(1, Math.ceil(remainingMs / 1000));
  }

  /** Ends expired uploads, and the oldest abandoned ones while all abandoned ones together hold too many bytes. */
  async #sweep(): Promise<void> {
    const now = this.#now();
    for (;;) {
      const entry = this.#young.oldest;
      if (entry === undefined || now - entry.usedAt < ABANDONED_AFTER_MS) break;
      if (entry.session.idle) {
        this.#young.delete(entry);
        this.#abandoned.use(entry);
        this.#abandonedBytes += entry.session.size;
      } else {
        // A request is using the upload, so the time of its last use is now.
        this.touch(entry.session);
      }
    }
    const ended: Promise<void>[] = [];
    for (;;) {
      const entry = this.#abandoned.oldest;
      if (entry === undefined) break;
      const expired = now - entry.usedAt >= this.#limits.uploadTtlMs;
      if (!expired && this.#abandonedBytes <= this.#limits.maxIdleUploadBytes) break;
      ended.push(this.#endQuietly(entry.session));
    }
    await Promise.all(ended);
  }

  /** Ends a session. Errors are ignored, because they must not fail the request that happened to clean up. */
  async #endQuietly(session: UploadSession): Promise<void> {
    await this.end(session).catch(() => undefined);
  }

  /** Starts a timer that discards expired uploads, because a registry may receive no more requests. */
  #schedule(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#entries.size > 0) this.#schedule();
        void this.#sweep();
      },
      Math.min(this.#limits.uploadTtlMs, MAX_TIMER_MS),
    ).unref();
  }
}

function orderOf(groups: Map<string, UseOrder<Entry>>, key: string): UseOrder<Entry> {
  const order = groups.get(key) ?? new UseOrder<Entry>();
  groups.set(key, order);
  return order;
}

function removeFrom(groups: Map<string, UseOrder<Entry>>, key: string, entry: Entry): void {
  const order = groups.get(key);
  order?.delete(entry);
  if (order?.size === 0) groups.delete(key);
}

function uploadUnknown(): ProtocolError {
  return new ProtocolError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
}

function tooMany(scope: string, limit: number, seconds: number): ProtocolError {
  return new ProtocolError(
    429,
    'TOOMANYREQUESTS',
    `too many uploads ${scope} are open; finish or cancel some`,
    {
      detail: { limit },
      headers: { 'Retry-After': seconds },
    },
  );
}

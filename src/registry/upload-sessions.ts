import { randomBytes } from 'node:crypto';
import type { BlobUpload } from './blob-handler.js';
import { ProtocolError } from './protocol-error.js';
import { UploadSession } from './upload-session.js';

/** A client that is at work comes back sooner; only who has been away for so long makes room for others. */
const ABANDONED_AFTER_MS = 60_000;

/** Node runs a timer that is set for longer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface UploadLimits {
  readonly uploadTtlMs: number;
  readonly maxIdleUploadBytes: number;
}

/** The uploads in progress. Those that are abandoned expire, and give way when they hold too many bytes. */
export class UploadSessions {
  readonly #open: () => Promise<BlobUpload>;
  readonly #limits: UploadLimits;
  readonly #now: () => number;
  /** Ordered by last use, the oldest first. */
  readonly #sessions = new Map<string, { readonly session: UploadSession; readonly usedAt: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<BlobUpload>, limits: UploadLimits, now: () => number = Date.now) {
    this.#open = open;
    this.#limits = limits;
    this.#now = now;
  }

  async start(repository: string, algorithm: 'sha256' | 'sha512'): Promise<UploadSession> {
    await this.#sweep();
    const id = randomBytes(16).toString('hex');
    const session = new UploadSession(id, repository, await this.#open(), algorithm);
    this.#sessions.set(id, { session, usedAt: this.#now() });
    this.#schedule();
    return session;
  }

  /** Finds an upload of this repository and counts as its use; answers 404 if there is none. */
  async find(repository: string, id: string): Promise<UploadSession> {
    await this.#sweep();
    const session = this.#sessions.get(id)?.session;
    if (session?.repository !== repository) throw uploadUnknown();
    this.touch(session);
    return session;
  }

  /** Notes that the session is in use now; answers 404 if it has ended meanwhile. */
  touch(session: UploadSession): void {
    if (!this.#sessions.delete(session.id)) throw uploadUnknown();
    this.#sessions.set(session.id, { session, usedAt: this.#now() });
  }

  /** Ends a session and frees what it holds. */
  async end(session: UploadSession): Promise<void> {
    this.#sessions.delete(session.id);
    await session.discard();
  }

  async endAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { session } of [...this.#sessions.values()]) {
      await session.settle();
      await this.end(session);
    }
  }

  async #sweep(): Promise<void> {
    const now = this.#now();
    const abandoned = [...this.#sessions.values()].filter(
      ({ session, usedAt }) => session.idle && now - usedAt >= ABANDONED_AFTER_MS,
    );
    let bytes = abandoned.reduce((sum, { session }) => sum + session.size, 0);
    for (const { session, usedAt } of abandoned) {
      if (now - usedAt < this.#limits.uploadTtlMs && bytes <= this.#limits.maxIdleUploadBytes) break;
      bytes -= session.size;
      // That a stale temporary file cannot be deleted is no reason to fail the request that found it.
      await this.end(session).catch(() => undefined);
    }
  }

  /** Sees to it that abandoned uploads go away on a registry that nobody uses any more. */
  #schedule(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#sessions.size > 0) this.#schedule();
        void this.#sweep();
      },
      Math.min(this.#limits.uploadTtlMs, MAX_TIMER_MS),
    ).unref();
  }
}

function uploadUnknown(): ProtocolError {
  return new ProtocolError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
}

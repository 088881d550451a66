import { randomBytes } from 'node:crypto';
import type { BlobUpload } from './blob-handler.js';
import { ProtocolError } from './protocol-error.js';
import { UploadSession } from './upload-session.js';

export interface UploadLimits {
  readonly uploadTtlMs: number;
  readonly maxIdleUploadBytes: number;
}

/** The uploads in progress. Those that are abandoned expire, and give way when they hold too many bytes. */
export class UploadSessions {
  readonly #open: () => Promise<BlobUpload>;
  readonly #limits: UploadLimits;
  /** Ordered by last use, the oldest first. */
  readonly #sessions = new Map<string, { readonly session: UploadSession; readonly usedAt: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<BlobUpload>, limits: UploadLimits) {
    this.#open = open;
    this.#limits = limits;
  }

  async start(repository: string, algorithm: 'sha256' | 'sha512'): Promise<UploadSession> {
    await this.#sweep();
    const id = randomBytes(16).toString('hex');
    const session = new UploadSession(id, repository, await this.#open(), algorithm);
    this.#sessions.set(id, { session, usedAt: Date.now() });
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
    this.#sessions.set(session.id, { session, usedAt: Date.now() });
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
    const idle = [...this.#sessions.values()].filter(({ session }) => session.idle);
    let bytes = idle.reduce((sum, { session }) => sum + session.size, 0);
    const deadline = Date.now() - this.#limits.uploadTtlMs;
    for (const { session, usedAt } of idle) {
      if (usedAt > deadline && bytes <= this.#limits.maxIdleUploadBytes) break;
      bytes -= session.size;
      await this.end(session);
    }
  }

  /** Sees to it that abandoned uploads go away on a registry that nobody uses any more. */
  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#sessions.size > 0) this.#schedule();
      // A store that cannot delete its temporary file is no reason to end the process.
      this.#sweep().catch(() => undefined);
    }, this.#limits.uploadTtlMs).unref();
  }
}

function uploadUnknown(): ProtocolError {
  return new ProtocolError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
}

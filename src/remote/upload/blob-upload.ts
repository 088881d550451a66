import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { RequestBody } from '../../transport/session/session.js';
import { publish } from '../../transport/wire/diagnostics.js';
import { isTimeout } from '../../transport/wire/network-error.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { responseOf } from '../connection/not-found.js';
import type { ClaimedUpload } from '../connection/upload-state.js';
import { PATIENCE_MS } from '../read/ask-head.js';
import { hasBlob, isKnownBlob } from '../read/has-blob.js';
import {
  beginUpload,
  cancelUpload,
  finishUpload,
  type KnownBlob,
  type OpenUpload,
  sendChunk,
  uploadProgress,
  type UploadProgress,
} from './protocol.js';
import { type Recovery, recoveryFrom, refusesForm, type UploadForm } from './recovery.js';
import type { UploadSource } from './source.js';

/** Failures without progress after which an upload is given up. */
const MAX_STALLED = 5;

const RESTART: Recovery = { action: 'restart', waitMs: 0 };

export interface BlobUploadOptions extends AbortOptions {
  /** An upload that the registry has started already. */
  readonly upload?: OpenUpload | undefined;
  /** The bytes that the registry holds of it. @default 0 */
  readonly offset?: number | undefined;
  /** Remembers the upload for a later process. */
  readonly claimed?: ClaimedUpload | undefined;
  /** Called with the offset at which a broken upload resumes. */
  readonly onResumed: (offset: number) => void;
}

/**
 * One upload of one blob: two requests if all goes well, the second with the content; three if the upload is remembered.
 *
 * A broken upload resumes at the offset that the registry reports, or starts again if it reports none. It fails after
 * five failures in a row without progress.
 */
export class BlobUpload {
  readonly #writer: RepositoryWriter;
  readonly #blob: KnownBlob;
  readonly #source: UploadSource;
  readonly #options: BlobUploadOptions;
  /** The upload at the registry, once it is started. */
  #upload: OpenUpload | undefined;
  /** The bytes that the registry holds. */
  #offset: number;
  /** The most bytes that the registry ever held. */
  #furthest: number;
  #form: UploadForm;
  #chunkSize: number | undefined;
  /** The form that the registry refused, if it did. */
  #refused: UploadForm | undefined;
  /** The last request: it began an upload, sent bytes in one of the forms, or ended the upload. */
  #step: UploadForm | 'begin' | 'end' = 'begin';
  /** Another process began the upload, and the registry may not know that it is gone. */
  #inherited: boolean;
  /** Failures in a row without progress. */
  #stalled = 0;

  /** The upload owns the source, and destroys it on every path. */
  constructor(writer: RepositoryWriter, blob: KnownBlob, source: UploadSource, options: BlobUploadOptions) {
    const { upload, offset = 0, claimed } = options;
    const { chunkSize } = writer.settings;
    this.#writer = writer;
    this.#blob = blob;
    this.#source = source;
    this.#options = options;
    this.#upload = upload;
    this.#offset = offset;
    this.#furthest = offset;
    this.#inherited = offset > 0;
    this.#chunkSize = chunkSize;
    const isWhole =
      chunkSize === undefined && claimed === undefined && offset === 0 && !this.#chunkedOnly.has(this.#host);
    this.#form = isWhole ? 'whole' : 'chunks';
  }

  /** Registries, by host, that take blobs only in chunks. */
  get #chunkedOnly(): Set<string> {
    return this.#writer.connection.uploads.chunkedOnly;
  }

  get #host(): string {
    return this.#writer.repository.registryStr();
  }

  /**
   * Sends the blob. A failed upload is cancelled at the registry, in the background, unless a later process may resume
   * it.
   */
  async send(): Promise<void> {
    const { claimed } = this.#options;
    try {
      for (;;) {
        try {
          await this.#attempt();
          break;
        } catch (error) {
          if (await this.#recover(error)) break;
        }
      }
      if (this.#refused === 'whole') this.#chunkedOnly.add(this.#host);
      await claimed?.forget();
    } catch (error) {
      const isUseless = error instanceof DigestMismatchError || error instanceof SizeMismatchError;
      if (claimed === undefined || isUseless) {
        if (this.#upload !== undefined) cancelUpload(this.#writer, this.#upload);
        await claimed?.forget();
      }
      throw error;
    } finally {
      this.#source.destroy();
    }
  }

  async #attempt(): Promise<void> {
    const blob = this.#blob;
    this.#step = 'begin';
    let upload = this.#upload ?? (await beginUpload(this.#writer, this.#options));
    await this.#moveTo(upload);
    // An upload that holds bytes continues with PATCH, because registries report only what PATCH brought.
    const isWhole = this.#offset === 0 && this.#form === 'whole';
    if (!isWhole) upload = await this.#sendChunks(upload);
    this.#step = isWhole ? 'whole' : 'end';
    const body = isWhole ? this.#part(0, blob.size) : undefined;
    const reportedDigest = await finishUpload(this.#writer, upload, blob, body, this.#options);
    const isCutShort = isWhole && this.#source.position < blob.size;
    const isRight = reportedDigest === undefined || reportedDigest === blob.digest;
    // If the registry reports another digest, or responded before it had all bytes, ask whether it has the blob.
    if ((isRight && !isCutShort) || (await this.#isConfirmed())) return;
    if (isRight) {
      throw new TransportError(
        `upload of blob ${blob.digest}: the registry ended it before it had all of the ${blob.size} bytes`,
        { temporary: true },
      );
    }
    throw new DigestMismatchError(`upload of blob ${blob.digest}`, blob.digest, reportedDigest);
  }

  async #sendChunks(first: OpenUpload): Promise<OpenUpload> {
    const { size, digest } = this.#blob;
    let upload = first;
    this.#step = 'chunks';
    while (this.#offset < size) {
      const length = Math.min(Math.max(this.#chunkSize ?? Infinity, upload.minChunk), size - this.#offset);
      const end = this.#offset + length;
      const body = this.#part(this.#offset, length);
      const progress = await sendChunk(this.#writer, upload, body, this.#offset, this.#options);
      upload = progress.upload;
      await this.#moveTo(upload);
      this.#inherited = false;
      // The registry may have kept less than it was sent.
      const held = Math.min(progress.held ?? end, end);
      const isRepeated = held > this.#offset && held <= this.#furthest;
      this.#offset = held;
      // After a restart, chunks that the registry held before are neither progress nor a failure.
      if (!isRepeated && this.#noteProgress() >= MAX_STALLED) {
        throw new TransportError(
          `upload of blob ${digest}: the registry keeps nothing beyond ${this.#offset} bytes`,
        );
      }
    }
    return upload;
  }

  /** Prepares the next attempt, or throws if another attempt is useless. True if the registry has the blob after all. */
  async #recover(error: unknown): Promise<boolean> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    if (this.#source.failure !== undefined) throw this.#source.failure.error;
    // The session has retried this request: a registry that starts no upload now will not start one later.
    if (this.#step === 'begin') throw error;
    if (this.#tryOtherForm(error)) return false;
    const stalled = this.#noteProgress();
    const recovery = this.#recoveryFrom(error, stalled);
    if (recovery.action === 'fail' || stalled >= MAX_STALLED) throw error;
    const upload = this.#upload;
    const isSilent = isTimeout(error) && upload !== undefined;
    // A registry that does not respond to this request either is down.
    const afterSilence = isSilent ? await this.#progressAfterSilence(upload, error) : undefined;
    // Perhaps only the response to the last request was lost.
    const allSent = this.#source.position === this.#blob.size || this.#offset === this.#blob.size;
    if (allSent && (await isKnownBlob(this.#writer, this.#blob.digest, this.#writer.scopes, this.#options)))
      return true;

    publish('retry', () => ({ attempt: stalled, delayMs: recovery.waitMs, error: error as Error }));
    await this.#writer.settings.clock.sleep(recovery.waitMs, this.#options);
    if (recovery.chunkSize !== undefined) {
      this.#chunkSize = recovery.chunkSize;
      this.#form = 'chunks';
    }
    const resumes = recovery.action === 'resume' && upload !== undefined && !isSilent;
    const progress = resumes ? await uploadProgress(this.#writer, upload, { signal }) : afterSilence;
    if (progress?.held !== undefined && progress.held <= this.#blob.size) {
      await this.#moveTo(progress.upload);
      this.#offset = progress.held;
    } else this.#restart();
    this.#options.onResumed(this.#offset);
    return false;
  }

  #recoveryFrom(error: unknown, stalled: number): Recovery {
    const resumed = this.#furthest > 0;
    const recovery = recoveryFrom(error, { chunkSize: this.#chunkSize, stalled, resumed });
    const mayBeInUse = this.#inherited && responseOf(error) !== undefined;
    return recovery.action === 'fail' && mayBeInUse ? RESTART : recovery;
  }

  /** Asks a registry that did not respond how much it holds. It gets less time, so that the push fails within a minute. */
  async #progressAfterSilence(upload: OpenUpload, silence: unknown): Promise<UploadProgress | undefined> {
    const { signal } = this.#options;
    try {
      return await uploadProgress(this.#writer, upload, { headersTimeoutMs: PATIENCE_MS, signal });
    } catch (error) {
      throw isTimeout(error) ? silence : error;
    }
  }

  /** Switches to the other form of upload if the registry refuses this one. That happens once for a blob. */
  #tryOtherForm(error: unknown): boolean {
    const step = this.#step;
    if ((step !== 'whole' && step !== 'chunks') || this.#refused !== undefined) return false;
    if (this.#offset > 0 || this.#inherited || !refusesForm(error, step)) return false;
    this.#refused = step;
    this.#form = step === 'whole' ? 'chunks' : 'whole';
    this.#restart();
    return true;
  }

  #restart(): void {
    if (this.#upload !== undefined) cancelUpload(this.#writer, this.#upload);
    this.#upload = undefined;
    this.#offset = 0;
    this.#inherited = false;
  }

  /** Stores the new location of the upload. */
  async #moveTo(upload: OpenUpload): Promise<void> {
    this.#upload = upload;
    await this.#options.claimed?.save({ url: upload.url.href, minChunk: upload.minChunk });
  }

  /** Counts the failures since the registry last held more bytes than ever before. */
  #noteProgress(): number {
    this.#stalled = this.#offset > this.#furthest ? 0 : this.#stalled + 1;
    this.#furthest = Math.max(this.#furthest, this.#offset);
    return this.#stalled;
  }

  async #isConfirmed(): Promise<boolean> {
    try {
      return await hasBlob(this.#writer, this.#blob, this.#writer.scopes, this.#options);
    } catch (error) {
      // The registry was wrong before, so a failed request confirms nothing.
      if (responseOf(error) === undefined) throw error;
      return false;
    }
  }

  #part(offset: number, size: number): RequestBody {
    return { size, open: async (options) => this.#source.open(offset, size, options) };
  }
}

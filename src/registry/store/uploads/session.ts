import type { IncomingMessage } from 'node:http';
import { type Hash, type Hasher, hashAlgorithm, hasher } from '../../../v1/hash.js';
import type { BlobUpload } from '../blob-handler.js';
import { ChunkBatch } from './chunk-batch.js';
import { ProtocolError } from '../protocol-error.js';

/** The store receives chunks in batches of this size, because few large writes are faster than many small ones. */
const BATCH_BYTES = 1024 ** 2;

type Algorithm = 'sha256' | 'sha512';

/** One upload of a blob. Its bytes arrive in one or more requests, and are hashed as they arrive. */
export class UploadSession {
  readonly id: string;
  readonly repository: string;
  #upload: BlobUpload | undefined;
  #algorithm: Algorithm;
  /** Created when the first bytes arrive, because an upload without bytes should use very little memory. */
  #hasher: Hasher | undefined;
  #size = 0;
  #busy: { readonly request: IncomingMessage; readonly settled: Promise<unknown> } | undefined;

  constructor(id: string, repository: string, algorithm: Algorithm) {
    this.id = id;
    this.repository = repository;
    this.#algorithm = algorithm;
  }

  /** Opens the upload in the store. No other method but {@link discard} may be called before. */
  async open(open: () => Promise<BlobUpload>): Promise<void> {
    this.#upload = await open();
  }

  /** The number of bytes that the store has. */
  get size(): number {
    return this.#size;
  }

  get idle(): boolean {
    return this.#busy === undefined;
  }

  /** Runs the work of one request on the session. A second request during that time is refused with status 409. */
  async exclusively<T>(request: IncomingMessage, work: () => Promise<T>): Promise<T> {
    // A client that lost its connection may return before its old request has been cleaned up.
    while (this.#busy?.request.destroyed === true) await this.#busy.settled;
    if (this.#busy !== undefined) {
      throw new ProtocolError(409, 'BLOB_UPLOAD_INVALID', 'another request is writing to this upload');
    }
    const running = work();
    this.#busy = { request, settled: running.catch(() => undefined) };
    try {
      return await running;
    } finally {
      this.#busy = undefined;
    }
  }

  /**
   * Appends a request's body. If the connection breaks, the bytes that arrived are kept, so that the client can resume. If
   * the store fails, the session cannot be used any more.
   */
  async receive(body: IncomingMessage): Promise<void> {
    try {
      await this.#append(body);
    } finally {
      await this.#upload?.pause?.();
    }
  }

  async #append(body: IncomingMessage): Promise<void> {
    const batch = new ChunkBatch();
    let writing: Promise<void> = Promise.resolve();
    let failure: { readonly reason: unknown } | undefined;
    const flush = async (): Promise<void> => {
      await writing;
      if (failure !== undefined) throw failure.reason;
      const length = batch.bytes;
      if (length === 0) return;
      writing = this.#opened.append(batch.take()).then(
        () => {
          this.#size += length;
        },
        (reason: unknown) => {
          failure = { reason };
        },
      );
    };
    try {
      // The request must not be destroyed if the store fails, because a response is still sent.
      for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        (this.#hasher ??= hasher(this.#algorithm)).update(chunk);
        batch.add(chunk);
        if (batch.bytes >= BATCH_BYTES) await flush();
      }
    } finally {
      await flush();
      await flush();
    }
  }

  /** Sets the algorithm of the digest, if no bytes have arrived yet. */
  expect(algorithm: Algorithm): void {
    if (this.#size > 0 || algorithm === this.#algorithm) return;
    this.#algorithm = algorithm;
    this.#hasher = undefined;
  }

  /** Publishes the received bytes if they have this digest; otherwise the response is 400. */
  async finish(digest: Hash): Promise<void> {
    const actual = await this.#digest(hashAlgorithm(digest));
    if (actual !== digest) {
      throw new ProtocolError(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {
        detail: { provided: digest, actual },
      });
    }
    await this.#opened.commit(this.repository, digest);
  }

  /** Discards the received bytes. No request may be using the session. */
  async discard(): Promise<void> {
    await this.#upload?.discard();
  }

  /** Waits until no request uses the session. */
  async settle(): Promise<void> {
    await this.#busy?.settled;
  }

  get #opened(): BlobUpload {
    if (this.#upload === undefined) throw new TypeError('the upload was not opened');
    return this.#upload;
  }

  async #digest(algorithm: Algorithm): Promise<Hash> {
    if (algorithm === this.#algorithm) return (this.#hasher ?? hasher(algorithm)).hash();
    // The client did not announce this algorithm, so the bytes must be read again.
    const otherHasher = hasher(algorithm);
    const content = await this.#opened.content();
    for await (const chunk of content as AsyncIterable<Uint8Array>) otherHasher.update(chunk);
    return otherHasher.hash();
  }
}

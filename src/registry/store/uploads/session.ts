import type { IncomingMessage } from 'node:http';
import { type Hash, type Hasher, hashAlgorithm, hasher } from '../../../v1/hash.js';
import type { BlobUpload } from '../blob-handler.js';
import { ChunkBatch } from './chunk-batch.js';
import { ProtocolError } from '../protocol-error.js';

/** Chunks are handed to the store in batches of so many bytes: few large writes are faster than many small ones. */
const BATCH_BYTES = 1024 ** 2;

type Algorithm = 'sha256' | 'sha512';

/** One upload of a blob: bytes that arrive in one or more requests, hashed as they pass. */
export class UploadSession {
  readonly id: string;
  readonly repository: string;
  #upload: BlobUpload | undefined;
  #algorithm: Algorithm;
  /** Made when the first bytes come: an upload without bytes must cost next to nothing. */
  #hasher: Hasher | undefined;
  #size = 0;
  #busy: { readonly request: IncomingMessage; readonly settled: Promise<unknown> } | undefined;

  constructor(id: string, repository: string, algorithm: Algorithm) {
    this.id = id;
    this.repository = repository;
    this.#algorithm = algorithm;
  }

  /** Opens the place for the bytes; nothing but {@link discard} may come before. */
  async open(open: () => Promise<BlobUpload>): Promise<void> {
    this.#upload = await open();
  }

  /** Bytes that are stored. */
  get size(): number {
    return this.#size;
  }

  get idle(): boolean {
    return this.#busy === undefined;
  }

  /** Runs one request's work on the session; a second request meanwhile is refused. */
  async exclusively<T>(request: IncomingMessage, work: () => Promise<T>): Promise<T> {
    // A client that lost its connection comes back before the old request has been cleaned up.
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
   * Appends a request's body. What has arrived before a connection breaks is kept, for the
   * client to resume; a store that fails makes the session unusable.
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
      // The request must outlive a failure of the store, or there is nothing left to answer on.
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

  /** Says which algorithm the digest will have, as long as no bytes have come. */
  expect(algorithm: Algorithm): void {
    if (this.#size > 0 || algorithm === this.#algorithm) return;
    this.#algorithm = algorithm;
    this.#hasher = undefined;
  }

  /** Publishes what was received, if it has this digest; answers 400 if not. */
  async finish(digest: Hash): Promise<void> {
    const actual = await this.#digest(hashAlgorithm(digest));
    if (actual !== digest) {
      throw new ProtocolError(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {
        detail: { provided: digest, actual },
      });
    }
    await this.#opened.commit(this.repository, digest);
  }

  /** Forgets what was received; no request may be at work. */
  async discard(): Promise<void> {
    await this.#upload?.discard();
  }

  /** Waits until no request is at work. */
  async settle(): Promise<void> {
    await this.#busy?.settled;
  }

  get #opened(): BlobUpload {
    if (this.#upload === undefined) throw new TypeError('the upload was not opened');
    return this.#upload;
  }

  async #digest(algorithm: Algorithm): Promise<Hash> {
    if (algorithm === this.#algorithm) return (this.#hasher ?? hasher(algorithm)).hash();
    // The client did not say beforehand which algorithm it uses: the bytes are read once more.
    const again = hasher(algorithm);
    const content = await this.#opened.content();
    for await (const chunk of content as AsyncIterable<Uint8Array>) again.update(chunk);
    return again.hash();
  }
}

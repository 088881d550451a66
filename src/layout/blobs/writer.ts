import path from 'node:path';
import type { Readable } from 'node:stream';
import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { atomicFile, writeFileAtomic } from '../../internal/files/atomic-file.js';
import { consume, discard, drain, ignoreLateErrors } from '../../internal/streams/consume.js';
import { isDisposable } from '../../internal/streams/disposable.js';
import { makeDirectory } from '../../internal/files/make-directory.js';
import { partialFile, partialPath } from '../../internal/resumable/partial-file.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { hashed, verified } from '../../internal/streams/verify.js';
import { checkBytes } from '../../internal/streams/verify.js';
import { knownDigest } from '../../partial/known-digest.js';
import { type Hash, hashAlgorithm, newHash } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import {
  type BlobProgress,
  nextStreamNumber,
  type ProgressOptions,
  progressReporter,
  type ReportedBlob,
} from '../../v1/progress.js';
import type { BlobFiles } from './files.js';
import { completeBlob } from './complete.js';
import { assertOwnDirectory } from './own-directories.js';

export interface BlobWriterOptions {
  /** The layout's directory. */
  readonly root: string;
  readonly blobs: BlobFiles;
  readonly durable?: boolean | undefined;
  /** Keeps the content that was received of a layer whose write failed, so that a later write can resume. */
  readonly resume?: boolean | undefined;
}

export interface WriteBlobOptions extends AbortOptions, ProgressOptions {}

/** Writes blobs into a layout. A blob appears under its name only when it is complete and verified. */
export interface BlobWriter {
  /** Writes a blob that is in memory. An existing blob is read and, if it is damaged, replaced. */
  writeBytes(digest: Hash, bytes: Uint8Array, options?: AbortOptions): Promise<'done' | 'existing'>;
  /** Writes a stream, unless an intact blob with this digest exists. Owns the stream. */
  writeStream(digest: Hash, content: Readable, options?: WriteBlobOptions): Promise<void>;
  /**
   * Writes a layer. The layer is not opened if a blob with its digest and size exists: blobs are published only when they
   * are complete, so checking the size is enough.
   *
   * @returns the digest of the stored blob.
   */
  writeLayer(layer: Layer, options?: WriteBlobOptions): Promise<Hash>;
}

export function blobWriter(options: BlobWriterOptions): BlobWriter {
  return new LayoutBlobWriter(options);
}

class LayoutBlobWriter implements BlobWriter {
  readonly #root: string;
  readonly #blobs: BlobFiles;
  readonly #durable: boolean | undefined;
  readonly #resume: boolean;

  constructor({ root, blobs, durable, resume = false }: BlobWriterOptions) {
    this.#root = root;
    this.#blobs = blobs;
    this.#durable = durable;
    this.#resume = resume;
  }

  async writeBytes(
    digest: Hash,
    bytes: Uint8Array,
    { signal }: AbortOptions = {},
  ): Promise<'done' | 'existing'> {
    checkBytes(`blob ${digest}`, bytes, { digest, size: bytes.byteLength });
    if (await isIntact(this.#blobs, digest, bytes.byteLength, { signal })) return 'existing';
    await this.#makeDirectory(hashAlgorithm(digest));
    await writeFileAtomic(this.#blobs.pathOf(digest), bytes, { durable: this.#durable, signal });
    return 'done';
  }

  async writeStream(digest: Hash, content: Readable, options: WriteBlobOptions = {}): Promise<void> {
    // Until the stream is read, nothing else listens for its errors.
    ignoreLateErrors(content);
    try {
      if (await isIntact(this.#blobs, digest, undefined, options)) discard(content);
      else await this.#publish(() => content, digest, undefined, options);
    } catch (error) {
      discard(content);
      throw error;
    }
  }

  async writeLayer(layer: Layer, options: WriteBlobOptions = {}): Promise<Hash> {
    const digest = await knownDigest(layer, options);
    if (digest === undefined) return this.#publishStreamed(layer, options);
    const size = await layer.size(options);
    if ((await this.#blobs.sizeOf(digest)) === size) {
      this.#reporter(digest, size, options)('existing', 0);
      return digest;
    }
    const isPublished = this.#resume && (await this.#publishResumed(layer, digest, size, options));
    if (!isPublished) await this.#publish(async () => layer.compressed(options), digest, size, options);
    return digest;
  }

  async #publish(
    open: () => Promise<Readable> | Readable,
    digest: Hash,
    size: number | undefined,
    options: WriteBlobOptions,
  ): Promise<void> {
    const report = this.#reporter(digest, size, options);
    const subject = `blob ${digest}`;
    let transferred = 0;
    report('started', 0);
    try {
      await this.#makeDirectory(hashAlgorithm(digest));
      const file = await atomicFile(this.#blobs.pathOf(digest), { durable: this.#durable });
      try {
        // The stream is opened last, so that its errors are listened for from the start.
        const opened = await open();
        const content = isVerifiedAs(opened, digest) ? opened : verified(opened, { digest, size, subject });
        const ownsChunks = isDisposable(content);
        await consume(
          content,
          (chunk) => {
            transferred += chunk.byteLength;
            report('progress', transferred);
            return ownsChunks ? file.writeAndDispose(chunk) : file.write(chunk);
          },
          options,
        );
        if (transferred !== (size ?? transferred))
          throw new SizeMismatchError(subject, size ?? 0, transferred);
        await file.commit();
      } finally {
        await file.discard();
      }
    } catch (error) {
      report('failed', transferred);
      throw error;
    }
    report('done', transferred, { size: transferred });
  }

  /** Resumes where an earlier process stopped. Returns false if another process is writing the same blob. */
  async #publishResumed(
    layer: Layer,
    digest: Hash,
    size: number,
    options: WriteBlobOptions,
  ): Promise<boolean> {
    const { signal } = options;
    const path = this.#blobs.pathOf(digest);
    await this.#makeDirectory(hashAlgorithm(digest));
    const partial = await partialFile(partialPath(path), { durable: this.#durable, signal });
    if (partial === undefined) return false;
    const report = this.#reporter(digest, size, options);
    const onBytes = (position: number): void => {
      report('progress', position);
    };
    const onResumed = (offset: number): void => {
      report('resumed', offset);
    };
    report('started', 0);
    try {
      await completeBlob(partial, layer, { digest, size }, { signal, onBytes, onResumed });
      await partial.commit(path);
    } catch (error) {
      report('failed', partial.size);
      throw error;
    } finally {
      await partial.keep();
    }
    report('done', size);
    return true;
  }

  /** Writes a layer whose digest is known only after its content was read. */
  async #publishStreamed(layer: Layer, options: WriteBlobOptions): Promise<Hash> {
    const stream = nextStreamNumber();
    const report = this.#reporter(undefined, undefined, options, stream);
    const directory = await this.#makeDirectory('sha256');
    const file = await atomicFile(path.join(directory, 'streamed'), { durable: this.#durable });
    try {
      report('started', 0);
      const { stream: content, tally } = hashed(await layer.compressed(options));
      const ownsChunks = isDisposable(content);
      await consume(
        content,
        (chunk) => {
          report('progress', tally.size);
          return ownsChunks ? file.writeAndDispose(chunk) : file.write(chunk);
        },
        options,
      );
      const digest = newHash(tally.digest());
      const claimed = await layer.digest(options);
      if (claimed !== digest) throw new DigestMismatchError('streamed layer', claimed, digest);
      await file.commit(this.#blobs.pathOf(digest));
      report('done', tally.size, { digest, size: tally.size });
      return digest;
    } catch (error) {
      report('failed', file.size);
      throw error;
    } finally {
      await file.discard();
    }
  }

  async #makeDirectory(algorithm: string): Promise<string> {
    const directory = path.join(this.#root, 'blobs', algorithm);
    await assertOwnDirectory(this.#root, directory, 'write to the layout');
    await makeDirectory(directory, { durable: this.#durable });
    return directory;
  }

  #reporter(
    digest: Hash | undefined,
    size: number | undefined,
    options: WriteBlobOptions,
    stream?: number,
  ): Reporter {
    const progress = progressReporter('layout', this.#root, options.onProgress);
    return (state, transferred, known = {}) => {
      progress.blob(state, { digest, size, stream, ...known }, transferred);
    };
  }
}

type Reporter = (state: BlobProgress['state'], transferred: number, known?: ReportedBlob) => void;

/** Whether an intact blob exists. It is read, because other tools write blobs in place, and a crash may have cut one off. */
async function isIntact(
  blobs: BlobFiles,
  digest: Hash,
  size: number | undefined,
  options: AbortOptions,
): Promise<boolean> {
  const actual = await blobs.sizeOf(digest);
  if (actual === undefined || actual !== (size ?? actual)) return false;
  try {
    await drain(await blobs.openByDigest(digest, options), options);
    return true;
  } catch (error) {
    // A garbage collection may remove the blob after its size was read.
    if (error instanceof DigestMismatchError || error instanceof NotFoundError) return false;
    throw error;
  }
}

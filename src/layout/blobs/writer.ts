import path from 'node:path';
import type { Readable } from 'node:stream';
import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { atomicFile, writeFileAtomic } from '../../internal/files/atomic-file.js';
import { consume, discard, drain, expectLater } from '../../internal/streams/consume.js';
import { isDisposable } from '../../internal/streams/disposable.js';
import { makeDirectory } from '../../internal/files/make-directory.js';
import { partialFile, partialPath } from '../../internal/resumable/partial-file.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { hashed, verified } from '../../internal/streams/verify.js';
import { checkBytes } from '../../v1/check-bytes.js';
import { knownDigest } from '../../partial/known-digest.js';
import { type Hash, hashAlgorithm, newHash } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import {
  type BlobProgress,
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
  /** Keeps the beginnings of layers that could not be written whole. */
  readonly resume?: boolean | undefined;
}

export interface WriteBlobOptions extends AbortOptions, ProgressOptions {}

/** Blobs on their way into a layout: each appears under its name complete and verified, or not at all. */
export interface BlobWriter {
  /** Writes a blob that is in memory; one that is there is read and, if it is damaged, replaced. */
  writeBytes(digest: Hash, bytes: Uint8Array, options?: AbortOptions): Promise<'done' | 'existing'>;
  /** Writes a stream, unless an intact blob of this name is there. Owns the stream. */
  writeStream(digest: Hash, content: Readable, options?: WriteBlobOptions): Promise<void>;
  /**
   * Writes a layer. It is not opened if a blob of its name and size is there: as blobs are published
   * whole, only its size can be wrong.
   *
   * @returns the digest under which it was stored.
   */
  writeLayer(layer: Layer, options?: WriteBlobOptions): Promise<Hash>;
}

export function blobWriter({ root, blobs, durable, resume = false }: BlobWriterOptions): BlobWriter {
  const directoryOf = async (algorithm: string): Promise<string> => {
    const directory = path.join(root, 'blobs', algorithm);
    await assertOwnDirectory(root, directory, 'write to the layout');
    await makeDirectory(directory, { durable });
    return directory;
  };
  const reporter = (digest: Hash | undefined, size: number | undefined, options: WriteBlobOptions) => {
    const progress = progressReporter('layout', root, options.onProgress);
    return (state: BlobProgress['state'], transferred: number, known: ReportedBlob = {}): void => {
      progress.blob(state, { digest, size, ...known }, transferred);
    };
  };

  const writeBytes = async (digest: Hash, bytes: Uint8Array, { signal }: AbortOptions = {}) => {
    checkBytes(`blob ${digest}`, bytes, { digest, size: bytes.byteLength });
    if (await isIntact(blobs, digest, bytes.byteLength, { signal })) return 'existing';
    await directoryOf(hashAlgorithm(digest));
    await writeFileAtomic(blobs.pathOf(digest), bytes, { durable, signal });
    return 'done';
  };

  const publish = async (
    open: () => Promise<Readable> | Readable,
    digest: Hash,
    size: number | undefined,
    options: WriteBlobOptions,
  ): Promise<void> => {
    const report = reporter(digest, size, options);
    const subject = `blob ${digest}`;
    let transferred = 0;
    report('started', 0);
    try {
      await directoryOf(hashAlgorithm(digest));
      const file = await atomicFile(blobs.pathOf(digest), { durable });
      try {
        // Opened last, so that it is listened to from its first moment.
        const given = await open();
        const content = isVerifiedAs(given, digest) ? given : verified(given, { digest, size, subject });
        const own = isDisposable(content);
        await consume(
          content,
          (chunk) => {
            transferred += chunk.byteLength;
            report('progress', transferred);
            return own ? file.give(chunk) : file.write(chunk);
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
  };

  /** Goes on where an earlier process left off; false if another one is at it right now. */
  const publishResumed = async (
    layer: Layer,
    digest: Hash,
    size: number,
    options: WriteBlobOptions,
  ): Promise<boolean> => {
    const path = blobs.pathOf(digest);
    await directoryOf(hashAlgorithm(digest));
    const partial = await partialFile(partialPath(path), { durable, signal: options.signal });
    if (partial === undefined) return false;
    const report = reporter(digest, size, options);
    report('started', 0);
    try {
      await completeBlob(
        partial,
        layer,
        { digest, size },
        {
          signal: options.signal,
          onBytes: (position) => {
            report('progress', position);
          },
          onResumed: (offset) => {
            report('resumed', offset);
          },
        },
      );
      await partial.commit(path);
    } catch (error) {
      report('failed', partial.size);
      throw error;
    } finally {
      await partial.keep();
    }
    report('done', size);
    return true;
  };

  const writeStreamed = async (layer: Layer, options: WriteBlobOptions): Promise<Hash> => {
    const report = reporter(undefined, undefined, options);
    // Its final name comes out of its content.
    const directory = await directoryOf('sha256');
    const file = await atomicFile(path.join(directory, 'streamed'), { durable });
    try {
      report('started', 0);
      const { stream, tally } = hashed(await layer.compressed(options));
      const fresh = isDisposable(stream);
      await consume(
        stream,
        (chunk) => {
          report('progress', tally.size);
          return fresh ? file.give(chunk) : file.write(chunk);
        },
        options,
      );
      const digest = newHash(tally.digest());
      const own = await layer.digest(options);
      if (own !== digest) throw new DigestMismatchError('streamed layer', own, digest);
      await file.commit(blobs.pathOf(digest));
      report('done', tally.size, { digest, size: tally.size });
      return digest;
    } catch (error) {
      report('failed', file.size);
      throw error;
    } finally {
      await file.discard();
    }
  };

  return {
    writeBytes,
    writeStream: async (digest, content, options = {}) => {
      // Nobody else listens for its errors meanwhile.
      expectLater(content);
      try {
        if (await isIntact(blobs, digest, undefined, options)) discard(content);
        else await publish(() => content, digest, undefined, options);
      } catch (error) {
        discard(content);
        throw error;
      }
    },
    writeLayer: async (layer, options = {}) => {
      const digest = await knownDigest(layer, options);
      if (digest === undefined) return writeStreamed(layer, options);
      const size = await layer.size(options);
      if ((await blobs.sizeOf(digest)) === size) reporter(digest, size, options)('existing', 0);
      else if (!(resume && (await publishResumed(layer, digest, size, options))))
        await publish(async () => layer.compressed(options), digest, size, options);
      return digest;
    },
  };
}

/** Small blobs are read: other tools write them in place, and a crash may have left half of one. */
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
    if (error instanceof DigestMismatchError) return false;
    throw error;
  }
}

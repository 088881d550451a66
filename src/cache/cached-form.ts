import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../errors/invalid/archive.js';
import { FileSystemError } from '../errors/file-system.js';
import { DigestMismatchError, SizeMismatchError } from '../errors/invalid/mismatch.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { decompressed } from '../internal/compress/compression.js';
import { isVerifiedAs } from '../internal/streams/verified-mark.js';
import { verified } from '../internal/streams/verify.js';
import type { DecompressionLimits } from '../partial/layers/decompression-limits.js';
import { guardStream } from '../partial/layers/open-stream.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { Cache } from './cache.js';
import { type Form, knownName } from './known-name.js';

/** One form of a layer, compressed or uncompressed, read through a cache. */
export interface CachedForm {
  /** The entry of the cache; undefined if there is none, or it was found to be damaged. */
  entry(options?: AbortOptions): Promise<Layer | undefined>;
  /** Opens the verified bytes of the cache's entry. If there is none, the bytes come from the source and fill the cache. */
  open(options?: AbortOptions): Promise<Readable>;
  /** Like `open`, but decompresses the bytes. */
  openTar(limits: DecompressionLimits, options?: AbortOptions): Promise<Readable>;
}

export function cachedForm(cache: Cache, source: Layer, form: Form): CachedForm {
  /** Whether a damaged entry is still in the cache, because the cache is read-only. */
  let distrusted = false;
  let dropping = Promise.resolve();

  const knownDigest = async (options?: AbortOptions): Promise<Hash | undefined> =>
    knownName(source, form, options);

  const drop = async (hash: Hash): Promise<void> => {
    distrusted = true;
    try {
      await cache.delete(hash);
      await cache.get(hash);
    } catch (error) {
      distrusted = !(error instanceof NotFoundError);
    }
  };

  const entry = async (hash: Hash, options?: AbortOptions): Promise<Layer | undefined> => {
    await dropping;
    if (distrusted) return undefined;
    const found = await undefinedIfNotFound(cache.get(hash, options));
    if (found === undefined || form === 'uncompressed') return found;
    // The size reveals a file that another tool did not write completely.
    if ((await found.size(options)) === (await source.size(options))) return found;
    await drop(hash);
    return undefined;
  };

  const openEntry = async (hash: Hash, options?: AbortOptions): Promise<Readable | undefined> => {
    const found = await entry(hash, options);
    if (found === undefined) return undefined;
    // The entry may be the plain tar itself, and that tar may begin like compressed data.
    const isStoredForm = form === 'compressed' || (await found.digest(options)) === hash;
    const stream = await undefinedIfNotFound(
      isStoredForm ? found.compressed(options) : found.uncompressed(options),
    );
    if (stream === undefined) return undefined;
    return verifiedAs(stream, hash, `cached layer ${hash}`).once('error', (error) => {
      if (isDamage(error, hash) && options?.signal?.aborted !== true) dropping = drop(hash);
    });
  };

  const openSource = async (hash: Hash, options?: AbortOptions): Promise<Readable> => {
    const filling = await cache.put(source, options);
    return verifiedAs(await filling[form](options), hash, `layer ${hash}`);
  };

  const open = async (options?: AbortOptions): Promise<{ stream: Readable; from?: Hash }> => {
    options?.signal?.throwIfAborted();
    const hash = await knownDigest(options);
    // The digest of a one-shot stream is not known before it is read.
    if (hash === undefined) return { stream: await source[form](options) };
    const stream = await openEntry(hash, options);
    if (stream !== undefined) return { stream: guardStream(stream, options), from: hash };
    return { stream: guardStream(await openSource(hash, options), options) };
  };

  return {
    entry: async (options) => {
      const hash = await knownDigest(options);
      return hash && entry(hash, options);
    },
    open: async (options) => (await open(options)).stream,
    openTar: async ({ maxRatio, maxBytes }, options) => {
      const { stream, from } = await open(options);
      const tar = await decompressed(stream, { ...options, maxRatio, maxBytes });
      tar.once('error', (error) => {
        // Invalid compressed data ends the stream before the digest is checked.
        const isInvalid = error instanceof ArchiveInvalidError && options?.signal?.aborted !== true;
        if (isInvalid && from !== undefined) dropping = drop(from);
      });
      return guardStream(tar, options);
    },
  };
}

/**
 * Whether the error of a stream means that the entry is damaged or cannot be read. Other errors end the stream, too, such as
 * a full disk where the bytes are written to.
 */
export function isDamage(error: unknown, digest: Hash): boolean {
  if (error instanceof DigestMismatchError) return error.expected === digest;
  return (
    error instanceof SizeMismatchError ||
    error instanceof ArchiveInvalidError ||
    (error instanceof FileSystemError && isFromReading(error.cause))
  );
}

function isFromReading(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'syscall' in cause && cause.syscall === 'read';
}

function verifiedAs(stream: Readable, digest: Hash, subject: string): Readable {
  return isVerifiedAs(stream, digest) ? stream : verified(stream, { digest, subject });
}

async function undefinedIfNotFound<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

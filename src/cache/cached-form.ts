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
import { handOut } from '../partial/layers/open-stream.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { Cache } from './cache.js';
import { type Form, knownName } from './known-name.js';

/** One form of a layer, stored or plain, as it is read through a cache. */
export interface CachedForm {
  /** What the cache has of it; undefined if that is nothing, or was found to be damaged. */
  entry(options?: AbortOptions): Promise<Layer | undefined>;
  /** Opens the bytes, checked: those of the cache, or else those of the source, which then fill it. */
  open(options?: AbortOptions): Promise<Readable>;
  /** Opens the tar inside the bytes. */
  openTar(limits: DecompressionLimits, options?: AbortOptions): Promise<Readable>;
}

export function cachedForm(cache: Cache, source: Layer, form: Form): CachedForm {
  /** Whether the cache still has what was found to be damaged, because it is only read. */
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
    // What another tool left half-written shows in its size.
    if ((await found.size(options)) === (await source.size(options))) return found;
    await drop(hash);
    return undefined;
  };

  const openEntry = async (hash: Hash, options?: AbortOptions): Promise<Readable | undefined> => {
    const found = await entry(hash, options);
    if (found === undefined) return undefined;
    // A tar may be kept as it is, and may look like something compressed.
    const asIs = form === 'compressed' || (await found.digest(options)) === hash;
    const stream = await undefinedIfNotFound(asIs ? found.compressed(options) : found.uncompressed(options));
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
    // A stream that can be read once has no name before.
    if (hash === undefined) return { stream: await source[form](options) };
    const stream = await openEntry(hash, options);
    if (stream !== undefined) return { stream: handOut(stream, options), from: hash };
    return { stream: handOut(await openSource(hash, options), options) };
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
        // It ends the stream before the digest shows that it is wrong.
        const isDamage = error instanceof ArchiveInvalidError && options?.signal?.aborted !== true;
        if (isDamage && from !== undefined) dropping = drop(from);
      });
      return handOut(tar, options);
    },
  };
}

/**
 * Whether an error with which a stream ended says that kept bytes are not what they were, or cannot be read. What goes
 * wrong elsewhere ends the stream too, such as a full disk where the bytes go.
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

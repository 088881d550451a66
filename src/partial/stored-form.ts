import type { Readable } from 'node:stream';
import { DigestMismatchError } from '../errors/mismatch.js';
import type { AbortOptions } from '../internal/abort.js';
import { checkedTar } from '../internal/checked-tar.js';
import { compressed, decompressed } from '../internal/compression.js';
import { drain } from '../internal/consume.js';
import { spool } from '../internal/spool.js';
import { hashed } from '../internal/verify.js';
import { type Hash, hashAlgorithm, newHash } from '../v1/hash.js';
import type { DecompressionLimits } from './decompression-limits.js';
import type { LayerCompressionOptions } from './layer-compression.js';
import { handOut } from './open-stream.js';

/** An image may have a hundred layers: small ones stay in memory, together not more than a few dozen MiB. */
const SPOOL_MEMORY_BYTES = 512 * 1024;

/** Everything that one pass over a layer's source finds out. */
export interface StoredForm {
  readonly digest: Hash;
  readonly size: number;
  readonly diffId: Hash;
  readonly uncompressedSize: number;
  /** Opens the stored bytes where the pass had to make them; they are not made a second time. */
  readonly reopen?: (options?: AbortOptions) => Readable;
}

export interface CheckOptions {
  /** What errors call the source, if it has to be a tar. */
  readonly tarOf?: string | undefined;
}

export interface CompressOptions extends LayerCompressionOptions, CheckOptions {
  /** What the tar must hash to, if that is known. */
  readonly diffId?: Hash | undefined;
  readonly signal: AbortSignal;
}

/**
 * Compresses a tar into a spool, hashing both forms on the way. The spool frees its space when
 * nothing refers to the form any more.
 *
 * @throws {@link DigestMismatchError} if the tar is not the one that was expected.
 */
export async function compressTar(tar: Readable, options: CompressOptions): Promise<StoredForm> {
  const { compression = 'gzip', compressionLevel = 1, diffId, tarOf, signal } = options;
  const checkedSource = tarOf === undefined ? tar : checkedTar(tar, tarOf);
  const plain = hashed(checkedSource, diffId && hashAlgorithm(diffId));
  if (compression === 'none') {
    await drain(plain.stream, { signal });
    const digest = checked(newHash(plain.tally.digest()), diffId);
    const { size } = plain.tally;
    return { digest, size, diffId: digest, uncompressedSize: size };
  }
  const packed = hashed(compressed(plain.stream, { compression, level: compressionLevel }));
  const stored = await spool(packed.stream, { signal, memoryBytes: SPOOL_MEMORY_BYTES });
  try {
    return {
      digest: newHash(packed.tally.digest()),
      size: packed.tally.size,
      diffId: checked(newHash(plain.tally.digest()), diffId),
      uncompressedSize: plain.tally.size,
      reopen: (o) => handOut(stored.stream(0, stored.size), o),
    };
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/** Reads a compressed layer once, hashing it and the tar inside. */
export async function inspectCompressed(
  source: Readable,
  { tarOf, ...options }: DecompressionLimits & CheckOptions & { readonly signal: AbortSignal },
): Promise<StoredForm> {
  const stored = hashed(source);
  const tar = await decompressed(stored.stream, { ...options, refusePadding: tarOf !== undefined });
  const plain = hashed(tarOf === undefined ? tar : checkedTar(tar, tarOf));
  await drain(plain.stream, options);
  return {
    digest: newHash(stored.tally.digest()),
    size: stored.tally.size,
    diffId: newHash(plain.tally.digest()),
    uncompressedSize: plain.tally.size,
  };
}

function checked(actual: Hash, want: Hash | undefined): Hash {
  if (want !== undefined && actual !== want)
    throw new DigestMismatchError(`layer with diff ID ${want}`, want, actual);
  return actual;
}

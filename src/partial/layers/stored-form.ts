import type { Readable } from 'node:stream';
import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { checkedTar } from '../../internal/tar/checked-tar.js';
import { compressed, decompressed } from '../../internal/compress/compression.js';
import { drain } from '../../internal/streams/consume.js';
import { type KeptSpool, keptSpools } from '../../internal/files/kept-spools.js';
import { lazy, type Lazy } from '../../internal/async/lazy.js';
import { spool } from '../../internal/files/spool.js';
import { hashed } from '../../internal/streams/verify.js';
import { type Hash, hashAlgorithm, newHash } from '../../v1/hash.js';
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
  readonly reopen?: (options?: AbortOptions) => Promise<Readable>;
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
 * Compresses a tar into a spool, hashing both forms on the way. The form can be opened at any time: where the spool has
 * been closed meanwhile to save space, the tar is opened and compressed again.
 *
 * @throws DigestMismatchError if the tar is not the one that was expected.
 */
export async function compressTar(open: TarOpener, options: CompressOptions): Promise<StoredForm> {
  const { compression = 'gzip', diffId, tarOf, signal } = options;
  if (compression !== 'none') {
    const { kept, ...found } = await pack(open, options);
    return { ...found, reopen: reopener(kept, async (asked) => packAgain(open, found, options, asked)) };
  }
  const plain = hashedTar(await open({ signal }), tarOf, diffId);
  await drain(plain.stream, { signal });
  const digest = checked(newHash(plain.tally.digest()), diffId);
  const { size } = plain.tally;
  return { digest, size, diffId: digest, uncompressedSize: size };
}

/** Opens the tar of a layer; a second time only where the spool of its compressed form had to be closed. */
export type TarOpener = (options: AbortOptions) => Promise<Readable>;

interface Packed extends Omit<StoredForm, 'reopen'> {
  readonly kept: KeptSpool;
}

async function pack(open: TarOpener, options: CompressOptions): Promise<Packed> {
  const { compression = 'gzip', compressionLevel = 1, diffId, tarOf, signal } = options;
  const plain = hashedTar(await open({ signal }), tarOf, diffId);
  const packed = hashed(compressed(plain.stream, { compression, level: compressionLevel }));
  const stored = await spool(packed.stream, { signal, memoryBytes: SPOOL_MEMORY_BYTES });
  try {
    return {
      digest: newHash(packed.tally.digest()),
      size: packed.tally.size,
      diffId: checked(newHash(plain.tally.digest()), diffId),
      uncompressedSize: plain.tally.size,
      kept: keptSpools.keep(stored),
    };
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/** The digest was told already: the bytes have to be the same. */
async function packAgain(
  open: TarOpener,
  { digest, diffId }: Pick<StoredForm, 'digest' | 'diffId'>,
  options: CompressOptions,
  { signal }: { readonly signal: AbortSignal },
): Promise<KeptSpool> {
  const again = await pack(open, { ...options, diffId, signal });
  if (again.digest !== digest) throw new DigestMismatchError(`layer ${digest}`, digest, again.digest);
  return again.kept;
}

function reopener(
  first: KeptSpool,
  make: (options: { readonly signal: AbortSignal }) => Promise<KeptSpool>,
): (options?: AbortOptions) => Promise<Readable> {
  let current = first;
  let making: Lazy<KeptSpool> | undefined;
  return async (options) => {
    for (;;) {
      const stream = current.open();
      if (stream !== undefined) return handOut(stream, options);
      // All who ask meanwhile share one run.
      const run = (making ??= lazy(make));
      const made = await run(options);
      if (making === run) {
        current = made;
        making = undefined;
      }
    }
  };
}

function hashedTar(
  tar: Readable,
  tarOf: string | undefined,
  diffId: Hash | undefined,
): ReturnType<typeof hashed> {
  const source = tarOf === undefined ? tar : checkedTar(tar, tarOf);
  return hashed(source, diffId && hashAlgorithm(diffId));
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

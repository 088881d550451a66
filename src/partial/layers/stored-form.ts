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
import { guardStream } from './open-stream.js';

/** An image may have a hundred layers. Small ones stay in memory, which is a few dozen MiB at most for all together. */
const SPOOL_MEMORY_BYTES = 512 * 1024;

/** Everything that one pass over a layer's source computes. */
export interface StoredForm {
  readonly digest: Hash;
  readonly size: number;
  readonly diffId: Hash;
  readonly uncompressedSize: number;
  /** Opens the stored bytes that the pass made. Missing if the source has the stored bytes itself. */
  readonly reopen?: (options?: AbortOptions) => Promise<Readable>;
}

export interface CheckOptions {
  /** The name of the source in error messages. If it is given, the content has to be a tar. */
  readonly tarSubject?: string | undefined;
}

export interface CompressOptions extends LayerCompressionOptions, CheckOptions {
  /** The digest that the tar has to have, if it is known. */
  readonly diffId?: Hash | undefined;
  readonly signal: AbortSignal;
}

/**
 * Compresses a tar into a spool and hashes both forms at the same time. The compressed form can be opened at any time.
 * If the spool was closed to save space, the tar is opened and compressed again.
 *
 * @throws DigestMismatchError if the tar does not have the expected diff ID.
 */
export async function compressTar(open: TarOpener, options: CompressOptions): Promise<StoredForm> {
  const { compression = 'gzip', diffId, tarSubject: tarSubject, signal } = options;
  if (compression !== 'none') {
    const { kept, ...found } = await pack(open, options);
    return {
      ...found,
      reopen: reopener(kept, async ({ signal }) => packAgain(open, found, { ...options, signal })),
    };
  }
  const plain = hashedTar(await open({ signal }), tarSubject, diffId);
  await drain(plain.stream, { signal });
  const digest = checkDiffId(newHash(plain.tally.digest()), diffId);
  const { size } = plain.tally;
  return { digest, size, diffId: digest, uncompressedSize: size };
}

/** Opens the tar of a layer. It is called again only if the spool of the compressed form was closed. */
export type TarOpener = (options: AbortOptions) => Promise<Readable>;

interface Packed extends Omit<StoredForm, 'reopen'> {
  readonly kept: KeptSpool;
}

async function pack(open: TarOpener, options: CompressOptions): Promise<Packed> {
  const { compression = 'gzip', compressionLevel = 1, diffId, tarSubject: tarSubject, signal } = options;
  const plain = hashedTar(await open({ signal }), tarSubject, diffId);
  const packed = hashed(compressed(plain.stream, { compression, level: compressionLevel }));
  const stored = await spool(packed.stream, { signal, memoryBytes: SPOOL_MEMORY_BYTES });
  try {
    return {
      digest: newHash(packed.tally.digest()),
      size: packed.tally.size,
      diffId: checkDiffId(newHash(plain.tally.digest()), diffId),
      uncompressedSize: plain.tally.size,
      kept: keptSpools.keep(stored),
    };
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/** Makes the compressed form again. Callers already know its digest, so the bytes have to be the same. */
async function packAgain(
  open: TarOpener,
  { digest, diffId }: Pick<StoredForm, 'digest' | 'diffId'>,
  options: CompressOptions,
): Promise<KeptSpool> {
  const again = await pack(open, { ...options, diffId });
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
      if (stream !== undefined) return guardStream(stream, options);
      // Concurrent callers share one run.
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
  tarSubject: string | undefined,
  diffId: Hash | undefined,
): ReturnType<typeof hashed> {
  const source = tarSubject === undefined ? tar : checkedTar(tar, tarSubject);
  return hashed(source, diffId && hashAlgorithm(diffId));
}

/** Reads a compressed layer once, hashing it and the tar inside. */
export async function inspectCompressed(
  source: Readable,
  {
    tarSubject: tarSubject,
    ...options
  }: DecompressionLimits & CheckOptions & { readonly signal: AbortSignal },
): Promise<StoredForm> {
  const stored = hashed(source);
  const tar = await decompressed(stored.stream, { ...options, refusePadding: tarSubject !== undefined });
  const plain = hashed(tarSubject === undefined ? tar : checkedTar(tar, tarSubject));
  await drain(plain.stream, options);
  return {
    digest: newHash(stored.tally.digest()),
    size: stored.tally.size,
    diffId: newHash(plain.tally.digest()),
    uncompressedSize: plain.tally.size,
  };
}

function checkDiffId(actual: Hash, want: Hash | undefined): Hash {
  if (want !== undefined && actual !== want)
    throw new DigestMismatchError(`layer with diff ID ${want}`, want, actual);
  return actual;
}

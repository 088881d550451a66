import type { AbortOptions } from '../internal/async/abort.js';
import { type Compression, decompressed, sniff } from '../internal/compress/compression.js';
import { drain } from '../internal/streams/consume.js';
import type { DigestAlgorithm } from '../internal/streams/digest.js';
import { hashed } from '../internal/streams/verify.js';
import { type Hash, newHash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import { duplicatePaths } from './duplicate-paths.js';

/** Facts about a layer's bytes, found by reading them and independent of what the layer says. */
export interface Measured {
  readonly digest: Hash;
  readonly size: number;
  /** Only for filesystem layers. */
  readonly tar?: MeasuredTar | undefined;
}

export interface MeasuredTar {
  readonly compression: Compression;
  readonly diffId: Hash;
  /** Paths that the tar has more than once, ten at most. */
  readonly duplicates: readonly string[];
}

export interface MeasureOptions extends AbortOptions {
  readonly digest: DigestAlgorithm;
  readonly diffId: DigestAlgorithm;
}

/** Reads a filesystem layer once, to its end: its stored bytes and the tar inside them. */
export async function measureLayer(layer: Layer, options: MeasureOptions): Promise<Measured> {
  const { signal } = options;
  const stored = hashed(await layer.compressed({ signal }), options.digest);
  const { compression, stream } = await sniff(stored.stream, { signal });
  const tar = hashed(await decompressed(stream, { signal, refusePadding: true }), options.diffId);
  const duplicates = await duplicatePaths(tar.stream, { signal });
  return {
    digest: newHash(stored.tally.digest()),
    size: stored.tally.size,
    tar: { compression, diffId: newHash(tar.tally.digest()), duplicates },
  };
}

/** Reads any other blob once, to its end. */
export async function measureBlob(layer: Layer, options: MeasureOptions): Promise<Measured> {
  const { signal } = options;
  const stored = hashed(await layer.compressed({ signal }), options.digest);
  await drain(stored.stream, { signal });
  return { digest: newHash(stored.tally.digest()), size: stored.tally.size };
}

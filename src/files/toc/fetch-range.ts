import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed } from '../../internal/compress/compression.js';
import { collect } from '../../internal/streams/collect.js';
import { compressedRange } from '../../partial/capabilities.js';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { Readable } from 'node:stream';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { tally } from '../../internal/streams/verify.js';
import { type Hash, hashAlgorithm } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import { TocProblem } from './toc-files.js';

/** Fetches a part of the stored bytes of a layer. */
export async function fetchRange(
  layer: Layer,
  offset: number,
  length: number,
  options: AbortOptions,
): Promise<Buffer> {
  const subject = 'a part of a layer';
  return collect(await compressedRange(layer, offset, length, options), {
    ...options,
    maxBytes: length,
    subject,
  });
}

/** Whether bytes have a digest. */
export function hasDigest(bytes: Buffer, digest: Hash): boolean {
  const seen = tally(hashAlgorithm(digest));
  seen.update(bytes);
  return seen.digest() === digest;
}

/**
 * Decompresses bytes of a table of contents.
 *
 * @throws TocProblem if they are not valid, or more than `maxBytes`
 */
export async function unpackToc(bytes: Buffer, maxBytes: number, options: AbortOptions): Promise<Buffer> {
  try {
    const stored = ignoreLateErrors(Readable.from([bytes], { objectMode: false }));
    const plain = await decompressed(stored, { ...options, maxBytes });
    return await collect(plain, { ...options, maxBytes, subject: 'a table of contents' });
  } catch (cause) {
    if (cause instanceof ArchiveInvalidError || cause instanceof LimitExceededError)
      throw new TocProblem(cause.message, { cause });
    throw cause;
  }
}

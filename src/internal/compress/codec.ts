import type { Readable } from 'node:stream';

import type { Budget } from '../streams/budget.js';

/** How the bytes of a layer are packed. */
export type Compression = 'gzip' | 'zstd' | 'none';

/**
 * One way to pack bytes. Both functions own their source, do the heavy work off
 * the main thread where the runtime can, and hold a bounded amount of it.
 */
export interface Codec {
  /**
   * The same input and level give the same bytes, however the input is cut: gzip's level 1 everywhere, others on one
   * version of Node and one kind of processor.
   */
  compress(source: Readable, level?: number): Readable;
  /** Above the bytes of output for each byte of input that the format can reach. */
  readonly ratio: number;
  /** Asks the budget for every piece of output; ends in ArchiveInvalidError on damaged or truncated input. */
  decompress(source: Readable, budget: Budget, options?: DecompressOptions): Readable;
}

export interface DecompressOptions {
  /**
   * Refuses zeros behind the data. Readers of tapes take them for padding; docker, crane and skopeo take them for
   * damage, so that a layer must not have any.
   *
   * @default false
   */
  readonly refusePadding?: boolean | undefined;
  /** Told at the end where the data ended and zeros behind it began; gzip only. */
  readonly onEnd?: ((offset: number) => void) | undefined;
}

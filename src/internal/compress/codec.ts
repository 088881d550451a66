import type { Readable } from 'node:stream';

import type { Budget } from '../streams/budget.js';

/** The compression of a layer's bytes. */
export type Compression = 'gzip' | 'zstd' | 'none';

/**
 * One compression format. Both functions own their source, do the heavy work outside the main thread if the
 * runtime can, and hold a bounded amount of data.
 */
export interface Codec {
  /**
   * Compresses the bytes. The same input and level give the same output, whatever the chunks of the input: with
   * gzip's level 1 on every machine, with other levels and formats on one version of Node and one kind of
   * processor.
   */
  compress(source: Readable, level?: number): Readable;
  /** A ratio of output to input that the format cannot reach. */
  readonly ratio: number;
  /**
   * Checks the budget for every piece of output. The stream fails with ArchiveInvalidError if the input is damaged
   * or truncated.
   */
  decompress(source: Readable, budget: Budget, options?: DecompressOptions): Readable;
}

export interface DecompressOptions {
  /**
   * Refuses zeros after the data. Readers of tapes take them for padding; docker, crane and skopeo take them for
   * damage, so a layer must not have any.
   *
   * @default false
   */
  readonly refusePadding?: boolean | undefined;
  /** Called at the end with the offset at which the data ended and zeros began; gzip only. */
  readonly onEnd?: ((offset: number) => void) | undefined;
}

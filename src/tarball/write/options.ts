import type { AbortOptions } from '../../internal/async/abort.js';
import type { ProgressOptions } from '../../v1/progress.js';

/** Options of the functions that write an archive to a stream. */
export interface WriteOptions extends AbortOptions, ProgressOptions {
  /**
   * Number of blobs that are read at the same time. Into a file each blob is written directly at its offset. Into a stream
   * blobs are written one after the other, and only small ones are read before their turn.
   *
   * @default 4
   */
  readonly jobs?: number | undefined;
}

/** Options of the functions that write an archive to a file. */
export interface WriteToFileOptions extends WriteOptions {
  /**
   * Waits until the disk has the file, so that it survives a loss of power. Off by default, unlike in `registry`, because an
   * archive can be written again from its source, and waiting for the disk takes time.
   *
   * @default false
   */
  readonly durable?: boolean | undefined;
}

import type { AbortOptions } from '../../internal/async/abort.js';
import type { ProgressOptions } from '../../v1/progress.js';

export interface WriteOptions extends AbortOptions, ProgressOptions {
  /**
   * Blobs read at the same time. A file gets each at its place; to a stream they go one after the other, and
   * only small ones are read before their turn.
   *
   * @default 4
   */
  readonly jobs?: number | undefined;
}

export interface WriteToFileOptions extends WriteOptions {
  /** Waits until the disk has the file, so that it survives a loss of power. @default false */
  readonly durable?: boolean | undefined;
}

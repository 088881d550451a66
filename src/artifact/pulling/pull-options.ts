import type { CraneOptions } from '../../crane/names/options.js';

/** Options of `pull`. */
export interface PullOptions extends CraneOptions {
  /**
   * Replaces files that exist. Without it, an existing file is an error and nothing is written. @default true, as in oras
   */
  readonly overwrite?: boolean | undefined;
  /**
   * Cap on the bytes of all files, and of everything that is unpacked. @default 64 MiB in memory, 64 GiB in a directory
   */
  readonly maxBytes?: number | undefined;
}

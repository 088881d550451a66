import type { Hash } from '../../v1/hash.js';

/** What happened to one image in one target. */
export interface SyncedImage {
  /** The image, or the repository whose tags could not be listed. */
  readonly source: string;
  /** Where it is copied to; undefined if the tags of the source could not be listed. */
  readonly target: string | undefined;
  /**
   * `existing`: the target has the same content. `copied`: it was copied. `planned`: it would be copied, were it not for
   * `dryRun`. `failed`: see `error`.
   */
  readonly state: 'existing' | 'copied' | 'planned' | 'failed';
  /** The digest that the target has, or would have; undefined after a failure. */
  readonly digest: Hash | undefined;
  /** Number of referrers and digest tags that were copied, or would be. */
  readonly companions: number;
  /** Why it failed. */
  readonly error: unknown;
}

import type { ReferrersToCopy } from './referrers.js';
import type { CraneOptions } from '../locations/options.js';

export interface CopyOptions extends CraneOptions {
  /** Leaves tags that exist in the target as they are. @default false */
  readonly noClobber?: boolean | undefined;
  /**
   * Takes along what refers to the manifests that are copied, such as signatures, SBOMs and attestations, and what
   * refers to that. Found and kept by the registries' API, or else under fallback tags. @default false
   */
  readonly referrers?: boolean | ReferrersToCopy | undefined;
  /**
   * Takes along the tags that are called after the digests of what is copied, such as `sha256-....sig`. That reads
   * the list of the repository's tags. @default false
   */
  readonly digestTags?: boolean | undefined;
}

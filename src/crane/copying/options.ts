import type { ReferrersToCopy } from './referrers.js';
import type { Auth } from '../../authn/config/credentials.js';
import type { CraneOptions } from '../names/options.js';

/** What a copy includes. */
export interface CopyOptions extends CraneOptions {
  /**
   * The credentials for the registry of the source, in any form of `auth`. Plain credentials are sent to no other registry.
   *
   * @default `auth`
   */
  readonly sourceAuth?: Auth | undefined;
  /**
   * The credentials for the registry of the target, in any form of `auth`. Plain credentials are sent to no other registry.
   *
   * @default `auth`
   */
  readonly targetAuth?: Auth | undefined;
  /** Does not change tags that exist in the target. @default false */
  readonly noClobber?: boolean | undefined;
  /**
   * Also copies the referrers of the copied manifests, such as signatures, SBOMs and attestations, and the referrers of
   * these. They are listed by the registry's API, or under fallback tags if a registry does not have the API.
   *
   * @default false
   */
  readonly referrers?: boolean | ReferrersToCopy | undefined;
  /**
   * Also copies the tags that are named after the digests of the copied manifests, such as `sha256-....sig`. This reads the
   * whole list of the repository's tags.
   *
   * @default false
   */
  readonly digestTags?: boolean | undefined;
}

import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';

/** Names an upload: one blob on its way to one repository. */
export interface UploadKey {
  /** Such as `registry.example:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly digest: Hash;
}

/** Where a registry keeps what it was sent. */
export interface UploadLocation {
  /** The URL that the registry gave. Its query may carry a token of the registry's: treat it as a secret. */
  readonly url: string;
  /** Least bytes of a piece that is not the last. */
  readonly minChunk: number;
}

/** An upload that is this process's alone until it is released. None of its methods rejects. */
export interface ClaimedUpload {
  /** Where an earlier process left off, if one did. */
  readonly location: UploadLocation | undefined;
  /** Called when the upload begins and whenever it moves. */
  save(location: UploadLocation): Promise<void>;
  /** Called when there is nothing left to go on with. */
  forget(): Promise<void>;
  release(): Promise<void>;
}

/** Remembers uploads beyond the end of a process, so that a later one goes on with them. */
export interface UploadStateStore {
  /** Undefined if somebody else is at this upload; it is then sent without being remembered. */
  claim(upload: UploadKey, options?: AbortOptions): Promise<ClaimedUpload | undefined>;
}

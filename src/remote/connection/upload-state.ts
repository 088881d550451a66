import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';

/** Identifies an upload: one blob for one repository. */
export interface UploadKey {
  /** The host of the registry, such as `registry.example:5000`. */
  readonly registry: string;
  /** The path of the repository in the registry, such as `library/busybox`. */
  readonly repository: string;
  readonly digest: Hash;
}

/** Where a registry keeps the data of an unfinished upload. */
export interface UploadLocation {
  /** The URL that the registry gave. Its query may carry a token of the registry: treat it as a secret. */
  readonly url: string;
  /** The least number of bytes that the registry accepts in a chunk, except in the last one. */
  readonly minChunk: number;
}

/** An upload that no other process works on until it is released. None of its methods rejects. */
export interface ClaimedUpload {
  /** Where an earlier process left off; undefined if there is nothing to resume. */
  readonly location: UploadLocation | undefined;
  /** Called when the upload begins, and whenever its location changes. */
  save(location: UploadLocation): Promise<void>;
  /** Called when there is nothing left to resume: the upload is finished, or can never succeed. */
  forget(): Promise<void>;
  /** Called once, at the end of the attempt, whatever its outcome. */
  release(): Promise<void>;
}

/** Remembers uploads after the process ends, so that a later process can resume them. */
export interface UploadStateStore {
  /** Undefined if another process works on this upload: it is then sent, but not remembered. */
  claim(upload: UploadKey, options?: AbortOptions): Promise<ClaimedUpload | undefined>;
}

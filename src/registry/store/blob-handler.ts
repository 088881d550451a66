import type { Readable } from 'node:stream';
import type { Hash } from '../../v1/hash.js';

/** The positions of the first and the last byte; both belong to the range. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Stores the blobs of a registry. A blob belongs to the repositories to which it was pushed or into which it was mounted. A
 * handler finds it only through those, so that no repository can read another's blobs.
 *
 * Without {@link put} and {@link startUpload} the registry accepts no uploads, without {@link delete} it deletes no blobs,
 * and without {@link mount} every mount becomes an upload.
 */
export interface BlobHandler {
  /** The size of a blob, or undefined if the repository has no such blob. */
  stat(repository: string, digest: Hash): Promise<{ readonly size: number } | undefined>;
  /**
   * Opens a blob, or a range of it. The caller owns the stream.
   *
   * @throws NotFoundError if the repository does not have the blob.
   */
  get(repository: string, digest: Hash, range?: ByteRange): Promise<Readable>;
  /** Stores content that has already been verified against the digest. The handler owns the stream. */
  put?(repository: string, digest: Hash, content: Readable): Promise<void>;
  /** Removes the blob from the repository; `false` if the repository did not have it. */
  delete?(repository: string, digest: Hash): Promise<boolean>;
  /** Adds another repository's blob to a repository; `false` if the other one does not have it. */
  mount?(from: string, repository: string, digest: Hash): Promise<boolean>;
  /** The names of the repositories that have a blob, for mounts that do not name a source. */
  holders?(digest: Hash): Promise<Iterable<string>>;
  /** Opens an upload for content whose digest is not known yet. Without it the registry spools to a temporary file and calls {@link put}. */
  startUpload?(): Promise<BlobUpload>;
  /** Called before a server starts to listen. If it fails, the server does not start. */
  open?(): Promise<void>;
  /** Called when a registry is closed. A later call of any other method opens it again. */
  close?(): Promise<void>;
}

/** Content that arrives before its digest is known. Calls never overlap. */
export interface BlobUpload {
  /** Appends chunks. The upload owns them from then on. After a failure only {@link discard} is called. */
  append(chunks: readonly Uint8Array[]): Promise<void>;
  /** Called at the end of each request. An upload that waits for its client should hold no file descriptor. */
  pause?(): Promise<void>;
  /** Opens all content that was appended. Only {@link commit} or {@link discard} is called after it. */
  content(): Promise<Readable>;
  /** Publishes the content atomically as a blob of the repository. The digest has been verified. */
  commit(repository: string, digest: Hash): Promise<void>;
  /** Discards the content; has no effect after {@link commit}. */
  discard(): Promise<void>;
}

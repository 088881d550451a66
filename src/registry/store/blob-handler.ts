import type { Readable } from 'node:stream';
import type { Hash } from '../../v1/hash.js';

/** Positions of the first and the last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Keeps the blobs of a registry. A blob belongs to the repositories it was pushed to or mounted
 * into: a handler answers for those only, so that no repository reads another's blobs.
 *
 * Without {@link put} and {@link startUpload} the registry takes no uploads, without
 * {@link delete} it deletes nothing, and without {@link mount} every mount becomes an upload.
 */
export interface BlobHandler {
  /** The size of a blob, or undefined if the repository has no such blob. */
  stat(repository: string, digest: Hash): Promise<{ readonly size: number } | undefined>;
  /**
   * Opens a blob, or a range of it. The caller owns the stream.
   *
   * @throws {@link NotFoundError} if the repository has no such blob.
   */
  get(repository: string, digest: Hash, range?: ByteRange): Promise<Readable>;
  /** Stores content that was checked against the digest already. The handler owns the stream. */
  put?(repository: string, digest: Hash, content: Readable): Promise<void>;
  /** Takes the blob out of the repository; `false` if it was not there. */
  delete?(repository: string, digest: Hash): Promise<boolean>;
  /** Adds another repository's blob to a repository; `false` if the other one does not have it. */
  mount?(from: string, repository: string, digest: Hash): Promise<boolean>;
  /** Names the repositories that have a blob, for mounts that do not say where from. */
  holders?(digest: Hash): Promise<Iterable<string>>;
  /** Opens a place for bytes whose digest is not known yet. Without it the registry spools to a temporary file and calls {@link put}. */
  startUpload?(): Promise<BlobUpload>;
  /** Called before a server starts to listen: what fails here does not fail requests. */
  open?(): Promise<void>;
  /** Called when a registry is closed. A later call of any other method opens it again. */
  close?(): Promise<void>;
}

/** Bytes that arrive before their digest is known. Calls never overlap. */
export interface BlobUpload {
  /** Adds chunks at the end; they belong to the upload from then on. After a failure only {@link discard} may follow. */
  append(chunks: readonly Uint8Array[]): Promise<void>;
  /** Called when no more bytes come for now: an upload that waits for its client should hold no file descriptor. */
  pause?(): Promise<void>;
  /** Opens everything that was appended; only {@link commit} or {@link discard} follow. */
  content(): Promise<Readable>;
  /** Publishes the bytes as a blob of the repository, whole or not at all. The digest was checked. */
  commit(repository: string, digest: Hash): Promise<void>;
  /** Forgets the bytes; harmless after {@link commit}. */
  discard(): Promise<void>;
}

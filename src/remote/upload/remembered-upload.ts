import { isContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { RepositoryWriter } from '../connection/connection.js';
import type { ClaimedUpload } from '../connection/upload-state.js';
import { cancelUpload, type KnownBlob, type OpenUpload, uploadProgress } from './protocol.js';

/** An upload of which the registry holds the first bytes. */
export interface ResumableUpload {
  readonly upload: OpenUpload;
  /** The bytes that the registry holds. */
  readonly offset: number;
}

/** Claims an upload in the `uploadState`; undefined without one, and if another process has claimed it. */
export async function claimUpload(
  { settings, repository }: RepositoryWriter,
  { digest }: KnownBlob,
  options: AbortOptions,
): Promise<ClaimedUpload | undefined> {
  const key = { registry: repository.registryStr(), repository: repository.repositoryStr(), digest };
  return settings.uploadState?.claim(key, { signal: options.signal });
}

/** Finds the upload that an earlier process left at the registry; undefined if there is none that can be resumed. */
export async function findResumableUpload(
  writer: RepositoryWriter,
  blob: KnownBlob,
  { location }: ClaimedUpload,
  options: AbortOptions,
): Promise<ResumableUpload | undefined> {
  if (location === undefined) return undefined;
  const saved = { url: new URL(location.url), minChunk: location.minChunk };
  try {
    const progress = await uploadProgress(writer, saved, options);
    if (progress === undefined) return undefined;
    const { upload, held = 0 } = progress;
    if (held > 0 && held <= blob.size) return { upload, offset: held };
    cancelUpload(writer, upload);
  } catch (error) {
    options.signal?.throwIfAborted();
    // The URL may be refused, or the registry may not respond. A new upload shows whether the registry works.
    if (!isContainerError(error)) throw error;
  }
  return undefined;
}

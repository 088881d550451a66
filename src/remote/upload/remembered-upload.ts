import { isContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { cancelUpload, type PushAccess, type UploadTarget, uploadState } from './protocol.js';
import type { KnownBlob } from './source.js';
import type { ClaimedUpload } from '../connection/upload-state.js';

/** An upload of which the registry holds the beginning. */
export interface BegunUpload {
  readonly place: UploadTarget;
  readonly offset: number;
}

/** Claims an upload at the store, if there is one. */
export async function claimUpload(
  { settings, repository }: PushAccess,
  { digest }: KnownBlob,
  options: AbortOptions,
): Promise<ClaimedUpload | undefined> {
  const upload = { registry: repository.registryStr(), repository: repository.repositoryStr(), digest };
  return settings.uploadState?.claim(upload, { signal: options.signal });
}

/** What an earlier process left at the registry; undefined if that is nothing, or nothing that can be gone on with. */
export async function leftBehind(
  access: PushAccess,
  blob: KnownBlob,
  { location }: ClaimedUpload,
  options: AbortOptions,
): Promise<BegunUpload | undefined> {
  if (location === undefined) return undefined;
  const place = { url: new URL(location.url), minChunk: location.minChunk };
  try {
    const state = await uploadState(access, place, options);
    if (state === undefined) return undefined;
    const { held = 0 } = state;
    if (held > 0 && held <= blob.size) return { place: state.place, offset: held };
    cancelUpload(access, state.place);
  } catch (error) {
    options.signal?.throwIfAborted();
    // Somewhere that must not be asked, or a registry that cannot answer: the new upload will tell.
    if (!isContainerError(error)) throw error;
  }
  return undefined;
}

import { DigestMismatchError } from '../errors/mismatch.js';
import { NotFoundError } from '../errors/not-found.js';
import type { AbortOptions } from '../internal/abort.js';
import type { Hash } from '../v1/hash.js';
import { headManifest } from './head.js';
import { hasStatus } from './not-found.js';
import type { PushAccess } from './upload-protocol.js';
import type { PushRun } from './write-blob.js';

/** Whether a tag or digest names this very manifest; for a digest asked once. A registry that will not tell is taken to say no. */
export async function hasManifest(
  { access, found }: PushRun,
  identifier: string,
  digest: Hash,
  options: AbortOptions,
): Promise<boolean> {
  const known = identifier === digest ? found.get(digest) : undefined;
  const there = known ?? (await ask(access, identifier, digest, options));
  if (identifier === digest) found.set(digest, there);
  return there;
}

async function ask(
  access: PushAccess,
  identifier: string,
  digest: Hash,
  options: AbortOptions,
): Promise<boolean> {
  try {
    return (await headManifest(access, identifier, access.scopes, options))?.digest === digest;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof DigestMismatchError || hasStatus(error, 403))
      return false;
    throw error;
  }
}

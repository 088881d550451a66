import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import { LATER } from '../read/ask-head.js';
import { askManifest } from '../head.js';
import type { PushRun } from './blob.js';

/**
 * Whether a tag or digest names this very manifest; for a digest asked once. A registry that does not say so by HEAD is
 * taken to say no: the push goes on without that knowledge.
 */
export async function hasManifest(
  { access, found }: PushRun,
  identifier: string,
  digest: Hash,
  { signal }: AbortOptions,
): Promise<boolean> {
  const known = identifier === digest ? found.get(digest) : undefined;
  if (known !== undefined) return known;
  const told = await askManifest(access, identifier, { scopes: access.scopes, retryOn: LATER, signal });
  const there = told?.headers['docker-content-digest'] === digest;
  if (identifier === digest) found.set(digest, there);
  return there;
}

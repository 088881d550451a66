import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { TRY_LATER } from '../read/ask-head.js';
import { askManifest } from '../read/head.js';

/**
 * Whether a tag or digest names the manifest with this digest. If the registry does not confirm it by HEAD, it counts as
 * missing, and the push continues. Each digest is requested once in a push.
 */
export async function hasManifest(
  writer: RepositoryWriter,
  identifier: string,
  digest: Hash,
  { signal }: AbortOptions,
): Promise<boolean> {
  const { found, scopes } = writer;
  const known = identifier === digest ? found.get(digest) : undefined;
  if (known !== undefined) return known;
  const response = await askManifest(writer, identifier, { scopes, retryOn: TRY_LATER, signal });
  const exists = response?.headers['docker-content-digest'] === digest;
  if (identifier === digest) found.set(digest, exists);
  return exists;
}

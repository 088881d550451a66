import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import type { RepositoryWriter } from '../connection/connection.js';

/**
 * Brings what a manifest lists into the repository once in a run, however many tags the manifest gets. Other pushes of the
 * same manifest wait, and then only put it under their tag.
 */
export async function contentOnce(
  { connection, repository }: RepositoryWriter,
  digest: Hash,
  push: (options: AbortOptions) => Promise<void>,
  options: AbortOptions,
): Promise<void> {
  await connection.uploads.once(repository, `content of ${digest}`, push, options);
}

import type { Repository } from '../name/reference.js';
import type { RemoteOptions } from './connection/options.js';
import { newPuller } from './puller.js';

/**
 * Lists the tags of a repository, in the registry's order. The list is empty for an empty repository.
 *
 * @throws NotFoundError if the repository does not exist.
 * @throws IncompleteListError if a later page fails. Its `listed` holds the tags before it.
 */
export async function list(repository: Repository, options: RemoteOptions = {}): Promise<string[]> {
  return newPuller(options).list(repository, options);
}

/**
 * Yields the tags of a repository while they arrive: memory does not grow with their number.
 *
 * Sends no request before the first tag is read, and requests each page when it is needed. Each iteration starts again.
 */
export function tags(repository: Repository, options: RemoteOptions = {}): AsyncIterable<string> {
  return newPuller(options).tags(repository, options);
}

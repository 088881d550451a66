import type { Repository } from '../name/reference.js';
import { connect, type Connections } from './connection/connection.js';
import { firstPages, iterable, type ListOptions, names, toArray } from './list/names.js';
import type { RemoteOptions } from './connection/options.js';

/**
 * Lists the tags of a repository, in the registry's order; an empty repository has none.
 *
 * @throws {@link NotFoundError} if there is no such repository.
 * @throws {@link IncompleteListError} if a later page fails: `listed` holds what came before.
 */
export async function list(repository: Repository, options: RemoteOptions = {}): Promise<string[]> {
  const connections = connect(options);
  return toArray(listerWith(connections, repository, options), connections.settings);
}

/**
 * Yields the tags of a repository while they arrive: memory does not grow with their number.
 *
 * Nothing is requested before the first tag is asked for, and no page before its turn. Each iteration
 * starts anew.
 */
export function tags(repository: Repository, options: RemoteOptions = {}): AsyncIterable<string> {
  return listerWith(connect(options), repository, options);
}

export function listerWith(
  connections: Connections,
  repository: Repository,
  options: ListOptions = {},
): AsyncIterable<string> {
  return iterable(async function* () {
    const { session, settings } = await connections.access(repository, options);
    yield* names(session, settings, {
      member: 'tags',
      ...firstPages(`/v2/${repository.repositoryStr()}/tags/list`, options.pageSize ?? settings.pageSize),
      scopes: [repository.scope('pull')],
      subject: `tags of ${repository.name()}`,
      signal: options.signal,
    });
  });
}

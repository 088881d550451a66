import type { RepositoryReader } from '../connection/connection.js';
import { firstPages, type ListOptions, names } from './names.js';

/** Yields the tags of a repository. */
export function tagNames(
  { repository, session, settings }: RepositoryReader,
  options: ListOptions,
): AsyncGenerator<string> {
  return names(session, settings, {
    member: 'tags',
    ...firstPages(`/v2/${repository.repositoryStr()}/tags/list`, options.pageSize ?? settings.pageSize),
    scopes: [repository.scope('pull')],
    subject: `tags of ${repository.name()}`,
    pages: options.pages,
    signal: options.signal,
  });
}

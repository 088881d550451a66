import type { Tag } from '../name/reference.js';
import { lister } from '../remote/list.js';
import { type CraneOptions, remoteOptions, repositoryOf } from './options.js';

/** The tags of a repository, in the registry's order. */
export async function listTags(repository: string, options: CraneOptions = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const tag of tags(repository, options)) found.push(tag.tagStr());
  return found;
}

/** Yields the tags of a repository while they arrive, however many there are. */
export async function* tags(repository: string, options: CraneOptions = {}): AsyncGenerator<Tag> {
  const parsed = repositoryOf(repository, options);
  for await (const tag of lister(parsed, remoteOptions(options))) yield parsed.tag(tag);
}

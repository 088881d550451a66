import type { Tag } from '../name/reference.js';
import { lister } from '../remote/list.js';
import { type CraneOptions, remoteOptions, repositoryOf } from './locations/options.js';
import { validNames } from './locations/valid-names.js';

/** The tags of a repository, in the registry's order. */
export async function listTags(repository: string, options: CraneOptions = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const tag of tags(repository, options)) found.push(tag.tagStr());
  return found;
}

/**
 * Yields the tags of a repository while they arrive, however many there are. A tag that is not valid is left out, and told
 * to `onWarning`.
 */
export async function* tags(repository: string, options: CraneOptions = {}): AsyncGenerator<Tag> {
  const parsed = repositoryOf(repository, options);
  yield* validNames(lister(parsed, remoteOptions(options)), (tag) => parsed.tag(tag), {
    registry: parsed.registryStr(),
    subject: `tags of ${parsed.name()}`,
    onWarning: options.onWarning,
  });
}

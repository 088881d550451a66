import type { Tag } from '../name/reference.js';
import { tags as tagNames } from '../remote/list.js';
import { type CraneOptions, remoteOptions, repositoryOf } from './locations/options.js';
import { gather, validNames } from './locations/valid-names.js';

/**
 * The tags of a repository, in the registry's order.
 *
 * @throws {@link IncompleteListError} if a later page fails: `listed` holds what came before.
 */
export async function listTags(repository: string, options: CraneOptions = {}): Promise<string[]> {
  return gather(tags(repository, options), (tag) => tag.tagStr(), options);
}

/**
 * Yields the tags of a repository while they arrive, however many there are. A tag that is not valid is left out, and told
 * to `onWarning`.
 */
export async function* tags(repository: string, options: CraneOptions = {}): AsyncGenerator<Tag> {
  const parsed = repositoryOf(repository, options);
  yield* validNames(tagNames(parsed, remoteOptions(options)), (tag) => parsed.tag(tag), {
    registry: parsed.registryStr(),
    subject: `tags of ${parsed.name()}`,
    onWarning: options.onWarning,
  });
}

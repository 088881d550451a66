import type { Tag } from '../name/reference.js';
import { tags as tagNames } from '../remote/list.js';
import { type CraneOptions, remoteOptions, repositoryOf } from './names/options.js';
import { gather, validNames } from './names/valid-names.js';

/**
 * Lists the tags of a repository, in the registry's order. Use {@link tags} for a list that may be long.
 *
 * @throws IncompleteListError if a page after the first fails; `listed` holds the tags of the earlier pages.
 */
export async function listTags(repository: string, options: CraneOptions = {}): Promise<string[]> {
  return gather(tags(repository, options), (tag) => tag.tagStr(), options);
}

/**
 * Yields the tags of a repository page by page, without a limit on their number. An invalid tag is skipped and reported to
 * `onWarning`.
 */
export async function* tags(repository: string, options: CraneOptions = {}): AsyncGenerator<Tag> {
  const parsed = repositoryOf(repository, options);
  yield* validNames(tagNames(parsed, remoteOptions(options)), (tag) => parsed.tag(tag), {
    registry: parsed.registryStr(),
    subject: `tags of ${parsed.name()}`,
    onWarning: options.onWarning,
  });
}

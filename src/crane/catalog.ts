import type { Repository } from '../name/reference.js';
import { repositories as repositoryNames } from '../remote/catalog.js';
import { type CraneOptions, registryOf, remoteOptions } from './names/options.js';
import { gather, validNames } from './names/valid-names.js';

/**
 * Lists the repositories of a registry by name, in the registry's order. Many registries do not support this. Use
 * {@link repositories} for a list that may be long.
 *
 * @throws IncompleteListError if a page after the first fails; `listed` holds the names of the earlier pages.
 */
export async function catalog(registry: string, options: CraneOptions = {}): Promise<string[]> {
  return gather(repositories(registry, options), (repository) => repository.repositoryStr(), options);
}

/**
 * Yields the repositories of a registry page by page, without a limit on their number. An invalid name is skipped and
 * reported to `onWarning`.
 */
export async function* repositories(
  registry: string,
  options: CraneOptions = {},
): AsyncGenerator<Repository> {
  const parsed = registryOf(registry, options);
  yield* validNames(repositoryNames(parsed, remoteOptions(options)), (name) => parsed.repo(name), {
    registry: parsed.registryStr(),
    subject: `catalog of ${parsed.name()}`,
    onWarning: options.onWarning,
  });
}

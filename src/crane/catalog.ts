import type { Repository } from '../name/reference.js';
import { repositories as repositoryNames } from '../remote/catalog.js';
import { type CraneOptions, registryOf, remoteOptions } from './locations/options.js';
import { gather, validNames } from './locations/valid-names.js';

/**
 * The repositories of a registry. Many registries do not tell.
 *
 * @throws {@link IncompleteListError} if a later page fails: `listed` holds what came before.
 */
export async function catalog(registry: string, options: CraneOptions = {}): Promise<string[]> {
  return gather(repositories(registry, options), (repository) => repository.repositoryStr(), options);
}

/**
 * Yields the repositories of a registry while they arrive, however many there are. A name that is not valid is left out, and
 * told to `onWarning`.
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

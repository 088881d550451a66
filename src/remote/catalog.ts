import type { Registry } from '../name/reference.js';
import type { RemoteOptions } from './connection/options.js';
import { newPuller } from './puller.js';

/**
 * Lists the repositories of a registry. Most hosted registries do not allow it.
 *
 * @throws UnsupportedError if the registry does not allow it.
 * @throws IncompleteListError if a later page fails. Its `listed` holds the repositories before it.
 */
export async function catalog(registry: Registry, options: RemoteOptions = {}): Promise<string[]> {
  return newPuller(options).catalog(registry, options);
}

/** Yields the repositories of a registry while they arrive, as `tags` does for the tags of a repository. */
export function repositories(registry: Registry, options: RemoteOptions = {}): AsyncIterable<string> {
  return newPuller(options).repositories(registry, options);
}

/**
 * Lists one page of at most `n` repositories: those that follow `last`. An empty `last` gives the first page.
 *
 * @throws UnsupportedError if the registry does not allow it.
 */
export async function catalogPage(
  registry: Registry,
  last: string,
  n: number,
  options: RemoteOptions = {},
): Promise<string[]> {
  return newPuller(options).catalogPage(registry, last, n, options);
}

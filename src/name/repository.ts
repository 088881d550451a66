import { BadNameError } from '../errors/invalid/name.js';
import { refuseMistakes, refuseUserInfo } from './mistakes.js';
import type { NameOptions } from './options.js';
import type { Repository } from './reference.js';
import { registryWithin } from './registry.js';
import { impliesLibrary, repositoryValue } from './repository-value.js';

/**
 * Parses `[registry/]path`. The first part is a registry if it is `localhost` or has a dot or a colon, and a
 * path follows; otherwise the default registry is meant.
 *
 * @throws {@link BadNameError} that says which part is wrong.
 */
export function newRepository(name: string, options: NameOptions = {}): Repository {
  refuseMistakes(name);
  const at = name.indexOf('@');
  if (at !== -1) refuseUserInfo(name, name.slice(at + 1));
  return repositoryWithin(name, name, options);
}

/** Parses the repository's part of a name; errors quote the whole of it. */
export function repositoryWithin(part: string, whole: string, options: NameOptions): Repository {
  const slash = part.indexOf('/');
  const first = part.slice(0, Math.max(slash, 0));
  const hasRegistry = first.toLowerCase() === 'localhost' || first.includes('.') || first.includes(':');
  const path = hasRegistry ? part.slice(slash + 1) : part;
  const registry = registryWithin(hasRegistry ? first : '', whole, options);
  const repository = repositoryValue(registry, path, whole);
  if (options.strict === true && impliesLibrary(registry, path)) {
    throw new BadNameError(
      whole,
      'it leaves out library/, which strict validation wants',
      `write library/${path}`,
    );
  }
  return repository;
}

import { BadNameError } from '../errors/invalid/name.js';
import { refuseMistakes, refuseUserInfo } from './mistakes.js';
import type { NameOptions } from './options.js';
import type { Repository } from './reference.js';
import { parseRegistryPart } from './registry.js';
import { impliesLibrary, repositoryValue } from './repository-value.js';

/**
 * Parses `[registry/]path`. The first part is the registry if a path follows it, and it is `localhost` or contains a dot or
 * a colon. Otherwise the repository is in the default registry.
 *
 * @throws BadNameError if a part is invalid; the message says which.
 */
export function newRepository(name: string, options: NameOptions = {}): Repository {
  refuseMistakes(name);
  const at = name.indexOf('@');
  if (at !== -1) refuseUserInfo(name, name.slice(at + 1));
  return parseRepositoryPart(name, name, options);
}

/** Parses the repository's part of a name; errors quote the complete `input`. */
export function parseRepositoryPart(part: string, input: string, options: NameOptions): Repository {
  const slash = part.indexOf('/');
  const first = part.slice(0, Math.max(slash, 0));
  const hasRegistry = first.toLowerCase() === 'localhost' || first.includes('.') || first.includes(':');
  const path = hasRegistry ? part.slice(slash + 1) : part;
  const registry = parseRegistryPart(hasRegistry ? first : '', input, options);
  const repository = repositoryValue(registry, path, input);
  if (options.strict === true && impliesLibrary(registry, path)) {
    throw new BadNameError(
      input,
      'it leaves out library/, which strict validation requires',
      `write library/${path}`,
    );
  }
  return repository;
}

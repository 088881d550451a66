import { BadNameError } from '../errors/invalid/name.js';
import { checkDigest, checkRepositoryPath, checkTag, type Refusal } from './grammar.js';
import { DEFAULT_REGISTRY } from './options.js';
import type { Digest, Registry, Repository, Tag } from './reference.js';
import { digestValue, tagValue } from './reference-value.js';

/** Makes a Repository of a registry and a path, which this function checks; errors quote `input`. */
export function repositoryValue(registry: Registry, path: string, input: string): Repository {
  refuseIf(checkRepositoryPath(path), input);
  return new RepositoryName(registry, path);
}

export function refuseIf(refusal: Refusal | undefined, input: string): void {
  if (refusal !== undefined) throw new BadNameError(input, refusal.reason, refusal.hint);
}

/** Whether the name leaves out `library/`, under which Docker Hub keeps official images. */
export function impliesLibrary(registry: Registry, path: string): boolean {
  return registry.registryStr() === DEFAULT_REGISTRY && !path.includes('/');
}

class RepositoryName implements Repository {
  constructor(
    readonly registry: Registry,
    private readonly path: string,
  ) {
    Object.freeze(this);
  }

  registryStr(): string {
    return this.registry.registryStr();
  }

  repositoryStr(): string {
    return impliesLibrary(this.registry, this.path) ? `library/${this.path}` : this.path;
  }

  name(): string {
    const registry = this.registry.name();
    return registry === '' ? this.repositoryStr() : `${registry}/${this.repositoryStr()}`;
  }

  scope(action: string): string {
    return `repository:${this.repositoryStr()}:${action}`;
  }

  tag(identifier: string): Tag {
    refuseIf(checkTag(identifier), identifier);
    return tagValue(this, identifier);
  }

  digest(identifier: string): Digest {
    refuseIf(checkDigest(identifier), identifier);
    return digestValue(this, identifier);
  }

  toString(): string {
    return this.name();
  }

  toJSON(): string {
    return this.name();
  }
}

import type { Registry, Repository } from './reference.js';
import { repositoryValue } from './repository-value.js';

/** Makes a Registry of a host (with port) that is checked already. */
export function registryValue(host: string, scheme: 'http' | 'https'): Registry {
  return new RegistryName(host, scheme);
}

class RegistryName implements Registry {
  constructor(
    private readonly host: string,
    private readonly protocol: 'http' | 'https',
  ) {
    Object.freeze(this);
  }

  registryStr(): string {
    return this.host;
  }

  name(): string {
    return this.host;
  }

  scheme(): 'http' | 'https' {
    return this.protocol;
  }

  scope(_action: string): string {
    return 'registry:catalog:*';
  }

  repo(...parts: readonly string[]): Repository {
    const path = parts.filter((part) => part !== '').join('/');
    return repositoryValue(this, path, path);
  }

  toString(): string {
    return this.host;
  }

  toJSON(): string {
    return this.host;
  }
}

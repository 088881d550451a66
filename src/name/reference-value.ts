import type { Digest, Repository, Tag } from './reference.js';

/** Makes a Tag of parts that are checked already; `original` is the text that was parsed. */
export function tagValue(repository: Repository, tag: string, original?: string): Tag {
  return new TagName(repository, tag, original ?? `${repository.name()}:${tag}`);
}

/** Makes a Digest of parts that are checked already; `original` is the text that was parsed. */
export function digestValue(repository: Repository, digest: string, original?: string): Digest {
  return new DigestName(repository, digest, original ?? `${repository.name()}@${digest}`);
}

class TagName implements Tag {
  readonly kind = 'tag';

  constructor(
    private readonly repository: Repository,
    private readonly tag: string,
    private readonly original: string,
  ) {
    Object.freeze(this);
  }

  context(): Repository {
    return this.repository;
  }

  identifier(): string {
    return this.tag;
  }

  tagStr(): string {
    return this.tag;
  }

  name(): string {
    return `${this.repository.name()}:${this.tag}`;
  }

  scope(action: string): string {
    return this.repository.scope(action);
  }

  registryStr(): string {
    return this.repository.registryStr();
  }

  repositoryStr(): string {
    return this.repository.repositoryStr();
  }

  toString(): string {
    return this.original;
  }

  toJSON(): string {
    return this.original;
  }
}

class DigestName implements Digest {
  readonly kind = 'digest';

  constructor(
    private readonly repository: Repository,
    private readonly digest: string,
    private readonly original: string,
  ) {
    Object.freeze(this);
  }

  context(): Repository {
    return this.repository;
  }

  identifier(): string {
    return this.digest;
  }

  digestStr(): string {
    return this.digest;
  }

  name(): string {
    return `${this.repository.name()}@${this.digest}`;
  }

  scope(action: string): string {
    return this.repository.scope(action);
  }

  registryStr(): string {
    return this.repository.registryStr();
  }

  repositoryStr(): string {
    return this.repository.repositoryStr();
  }

  toString(): string {
    return this.original;
  }

  toJSON(): string {
    return this.original;
  }
}

/** The host (and port) that serves repositories. */
export interface Registry {
  /** Host with port as it is addressed, such as `index.docker.io` or `localhost:5000`. */
  registryStr(): string;
  /** Same as {@link registryStr}: the registry's full name. */
  name(): string;
  /** `http` for loopback and registries marked insecure, `https` for all others. */
  scheme(): 'http' | 'https';
  /** The token scope for listing the catalog, whatever the action. */
  scope(action: string): string;
  /** A repository of this registry; parts are joined with `/` and checked. */
  repo(...parts: readonly string[]): Repository;
  toString(): string;
  toJSON(): string;
}

/** A repository: where the tags and manifests of one image live. */
export interface Repository {
  readonly registry: Registry;
  registryStr(): string;
  /** Path without the registry, with `library/` where Docker Hub implies it. */
  repositoryStr(): string;
  /** Registry and path. */
  name(): string;
  /** The token scope for an action on this repository, such as `repository:library/busybox:pull`. */
  scope(action: string): string;
  tag(identifier: string): Tag;
  digest(identifier: string): Digest;
  toString(): string;
  toJSON(): string;
}

/** What tags and digests have in common. */
export interface BaseReference {
  /** The repository it is in. */
  context(): Repository;
  /** The tag, or the digest with its algorithm. */
  identifier(): string;
  /** Fully resolved: registry, repository, and tag or digest. */
  name(): string;
  scope(action: string): string;
  registryStr(): string;
  repositoryStr(): string;
  /** What was parsed, as it was written. */
  toString(): string;
  toJSON(): string;
}

/** Names a manifest by a tag, which may move. */
export interface Tag extends BaseReference {
  readonly kind: 'tag';
  tagStr(): string;
}

/** Names a manifest by its digest, which cannot move. */
export interface Digest extends BaseReference {
  readonly kind: 'digest';
  /** Checked: `sha256:` or `sha512:` and lower-case hex of exact length. */
  digestStr(): string;
}

export type Reference = Tag | Digest;

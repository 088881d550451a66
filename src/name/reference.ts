/** The host (and port) that serves repositories. Values are frozen. */
export interface Registry {
  /** Host, with the port if the name has one, such as `index.docker.io` or `localhost:5000`; in lower case. */
  registryStr(): string;
  /** Same as {@link registryStr}: the registry's full name. */
  name(): string;
  /** `http` for loopback and registries marked insecure, `https` for all others. */
  scheme(): 'http' | 'https';
  /** The token scope for listing the catalog, which is the same for every action. */
  scope(action: string): string;
  /**
   * A repository of this registry. The parts are joined with `/`; empty parts are left out.
   *
   * @throws BadNameError if the path is invalid.
   */
  repo(...parts: readonly string[]): Repository;
  /** Same as {@link name}. */
  toString(): string;
  /** Same as {@link name}; used by `JSON.stringify`. */
  toJSON(): string;
}

/** A repository: the manifests and blobs of one image, and the tags that name them. Values are frozen. */
export interface Repository {
  /** The registry that serves the repository. */
  readonly registry: Registry;
  /** The full name of the registry. */
  registryStr(): string;
  /** Path without the registry, with the `library/` that Docker Hub implies. */
  repositoryStr(): string;
  /** Registry and path. */
  name(): string;
  /** The token scope for an action on this repository, such as `repository:library/busybox:pull`. */
  scope(action: string): string;
  /**
   * A tag in this repository.
   *
   * @throws BadNameError if the tag is invalid.
   */
  tag(identifier: string): Tag;
  /**
   * A digest in this repository.
   *
   * @throws BadNameError if the digest is invalid.
   */
  digest(identifier: string): Digest;
  /** Same as {@link name}. */
  toString(): string;
  /** Same as {@link name}; used by `JSON.stringify`. */
  toJSON(): string;
}

/** The members that tags and digests share. */
export interface BaseReference {
  /** The repository of the tag or digest. */
  context(): Repository;
  /** The tag, or the digest with its algorithm. */
  identifier(): string;
  /** The full name: registry, repository, and tag or digest. */
  name(): string;
  /** The token scope for an action on the repository, such as `repository:library/busybox:pull`. */
  scope(action: string): string;
  /** The full name of the registry. */
  registryStr(): string;
  /** Path of the repository without the registry, with the `library/` that Docker Hub implies. */
  repositoryStr(): string;
  /** The text that was parsed, unchanged. */
  toString(): string;
  /** Same as {@link toString}; used by `JSON.stringify`. */
  toJSON(): string;
}

/** Names a manifest by a tag, which may move. Values are frozen. */
export interface Tag extends BaseReference {
  /** Distinguishes a tag from a digest. */
  readonly kind: 'tag';
  /** The tag, such as `latest`. */
  tagStr(): string;
}

/** Names a manifest by its digest, which cannot move. Values are frozen. */
export interface Digest extends BaseReference {
  /** Distinguishes a digest from a tag. */
  readonly kind: 'digest';
  /** The digest: `sha256:` or `sha512:` and lower-case hex of exact length. */
  digestStr(): string;
}

/** A tag or a digest; `kind` says which. */
export type Reference = Tag | Digest;

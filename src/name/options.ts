/** How names are completed and checked. */
export interface NameOptions {
  /** Demands what is otherwise implied: the registry, `library/` on Docker Hub, and the tag. */
  readonly strict?: boolean | undefined;
  /** Lets the registry be spoken to over plain http. */
  readonly insecure?: boolean | undefined;
  /**
   * The registry of names that have none; an empty string leaves them without.
   *
   * @default 'index.docker.io'
   */
  readonly defaultRegistry?: string | undefined;
  /**
   * The tag of references that have neither tag nor digest.
   *
   * @default 'latest'
   */
  readonly defaultTag?: string | undefined;
}

/** Docker Hub, under the name that its credentials are stored by. */
export const DEFAULT_REGISTRY = 'index.docker.io';
export const DEFAULT_TAG = 'latest';

/** Options of the functions that parse names. */
export interface NameOptions {
  /**
   * Requires full names: a name without its registry, its tag, or `library/` on Docker Hub is an error.
   *
   * @default false
   */
  readonly strict?: boolean | undefined;
  /**
   * Marks the registry as one that is contacted over plain http. Loopback registries are, without this option.
   *
   * @default false
   */
  readonly insecure?: boolean | undefined;
  /**
   * The registry for names without one. With an empty string, such names have no registry.
   *
   * @default 'index.docker.io'
   */
  readonly defaultRegistry?: string | undefined;
  /**
   * The tag for references that have neither a tag nor a digest.
   *
   * @default 'latest'
   */
  readonly defaultTag?: string | undefined;
}

/** Docker Hub, by the name under which its credentials are stored. */
export const DEFAULT_REGISTRY = 'index.docker.io';
/** The tag that Docker gives to a name without one. */
export const DEFAULT_TAG = 'latest';

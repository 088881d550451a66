/** The actions of a token that reads a repository, for `Repository.scope()`. */
export const pullScope = 'pull';
/** The actions of a token that reads and writes a repository. */
export const pushScope = 'push,pull';
/** The actions of a token that also deletes from a repository. */
export const deleteScope = 'push,pull,delete';
/** The action of a token that lists the repositories of a registry, for `Registry.scope()`. */
export const catalogScope = 'catalog';

interface Scope {
  /** The type and name, such as `repository:library/busybox`. */
  readonly resource: string;
  readonly actions: readonly string[];
}

function parseScope(text: string): Scope {
  const colon = text.lastIndexOf(':');
  return colon < 0
    ? { resource: text, actions: [] }
    : {
        resource: text.slice(0, colon),
        actions: text
          .slice(colon + 1)
          .split(',')
          .filter(Boolean),
      };
}

const formatScope = (resource: string, actions: ReadonlySet<string>): string =>
  actions.size === 0 ? resource : `${resource}:${[...actions].join(',')}`;

/** Joins lists of scopes into one entry per resource, in the order in which the resources first occur. */
export function uniteScopes(...lists: readonly (readonly string[])[]): string[] {
  const united = new Map<string, Set<string>>();
  for (const { resource, actions } of lists.flat().map(parseScope)) {
    const known = united.get(resource) ?? new Set<string>();
    for (const action of actions) known.add(action);
    united.set(resource, known);
  }
  return [...united].map(([resource, actions]) => formatScope(resource, actions));
}

/** Whether a token with the scopes `granted` is enough for a request that needs `wanted`. */
export function coversScopes(granted: readonly string[], wanted: readonly string[]): boolean {
  const have = new Map(granted.map(parseScope).map(({ resource, actions }) => [resource, new Set(actions)]));
  return wanted.map(parseScope).every(({ resource, actions }) => {
    const known = have.get(resource);
    return known !== undefined && (known.has('*') || actions.every((action) => known.has(action)));
  });
}

import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Registry } from '../name/reference.js';
import { connect, type Connections } from './connection/connection.js';
import { firstPage, firstPages, iterable, type ListOptions, names, namesOf, toArray } from './list/names.js';
import { hasStatus } from './connection/not-found.js';
import type { RemoteOptions } from './connection/options.js';

/**
 * Lists the repositories of a registry. Most hosted registries do not offer it.
 *
 * @throws {@link UnsupportedError} if the registry does not.
 * @throws {@link IncompleteListError} if a later page fails: `listed` holds what came before.
 */
export async function catalog(registry: Registry, options: RemoteOptions = {}): Promise<string[]> {
  const connections = connect(options);
  return toArray(cataloggerWith(connections, registry, options), connections.settings);
}

/** Yields the repositories of a registry while they arrive, as `lister` does tags. */
export function repositories(registry: Registry, options: RemoteOptions = {}): AsyncIterable<string> {
  return cataloggerWith(connect(options), registry, options);
}

export function cataloggerWith(
  connections: Connections,
  registry: Registry,
  options: ListOptions = {},
): AsyncIterable<string> {
  return iterable(async function* () {
    const session = await connections.session(registry, options);
    const { settings } = connections;
    const found = names(session, settings, {
      member: 'repositories',
      ...firstPages('/v2/_catalog', options.pageSize ?? settings.pageSize),
      ...common(registry, options),
    });
    try {
      yield* found;
    } catch (error) {
      throw explained(registry, error);
    }
  });
}

/**
 * Lists one page of at most `n` repositories, those after `last`; an empty `last` gives the first page.
 *
 * @throws {@link UnsupportedError} if the registry does not offer it.
 */
export async function catalogPage(
  registry: Registry,
  last: string,
  n: number,
  options: RemoteOptions = {},
): Promise<string[]> {
  const connections = connect(options);
  try {
    const response = await (
      await connections.session(registry, options)
    ).request({
      method: 'GET',
      target: firstPage('/v2/_catalog', n, last),
      expect: [200],
      ...common(registry, options),
    });
    return await toArray(
      namesOf(response, connections.settings, { member: 'repositories', ...common(registry, options) }),
      connections.settings,
    );
  } catch (error) {
    throw explained(registry, error);
  }
}

function common(
  registry: Registry,
  { signal }: AbortOptions,
): {
  readonly scopes: readonly string[];
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
} {
  return { scopes: [registry.scope('catalog')], subject: `catalog of ${registry.name()}`, signal };
}

function explained(registry: Registry, error: unknown): unknown {
  if (!hasStatus(error, 404, 405, 501)) return error;
  return new UnsupportedError(`${registry.name()} does not list its repositories`, { cause: error });
}

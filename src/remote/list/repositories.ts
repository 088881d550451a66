import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Registry } from '../../name/reference.js';
import type { Connection } from '../connection/connection.js';
import { hasStatus } from '../connection/not-found.js';
import { firstPage, firstPages, type ListOptions, names, namesOf, toArray } from './names.js';

const CATALOG_PATH = '/v2/_catalog';

/** Yields the repositories of a registry. */
export async function* repositoryNames(
  connection: Connection,
  registry: Registry,
  options: ListOptions,
): AsyncGenerator<string> {
  const { settings } = connection;
  const session = await connection.session(registry, options);
  try {
    yield* names(session, settings, {
      member: 'repositories',
      ...firstPages(CATALOG_PATH, options.pageSize ?? settings.pageSize),
      ...catalogRequest(registry, options),
      pages: options.pages,
    });
  } catch (error) {
    throw explain(registry, error);
  }
}

/** One page of at most `n` repositories, which follow `last`. */
export async function repositoryPage(
  connection: Connection,
  registry: Registry,
  { last, n }: { readonly last: string; readonly n: number },
  options: AbortOptions,
): Promise<string[]> {
  const { settings } = connection;
  const session = await connection.session(registry, options);
  const request = catalogRequest(registry, options);
  try {
    const response = await session.request({
      method: 'GET',
      target: firstPage(CATALOG_PATH, n, last),
      expect: [200],
      ...request,
    });
    return await toArray(namesOf(response, settings, { member: 'repositories', ...request }), settings);
  } catch (error) {
    throw explain(registry, error);
  }
}

function catalogRequest(
  registry: Registry,
  { signal }: AbortOptions,
): {
  readonly scopes: readonly string[];
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
} {
  return { scopes: [registry.scope('catalog')], subject: `catalog of ${registry.name()}`, signal };
}

function explain(registry: Registry, error: unknown): unknown {
  if (!hasStatus(error, 404, 405, 501)) return error;
  return new UnsupportedError(`${registry.name()} does not list its repositories`, { cause: error });
}

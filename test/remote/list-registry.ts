import type { ServerResponse } from 'node:http';
import { newRepository } from '../../src/name/repository.js';
import { list } from '../../src/remote/list.js';
import { useServers } from '../support/servers/http-server.js';

/** Responds to a request for a list; `url` is its path with the query. */
type Respond = (url: string, response: ServerResponse) => void;

/** Registries whose lists a test writes. They stop after each test. */
export function useListRegistries() {
  const servers = useServers();
  /** The host of a registry that calls a function to respond to requests for lists. */
  const registryOf = async (respond: Respond): Promise<string> => {
    const server = await servers.http((request, response) => {
      if (request.url === '/v2/') response.end();
      else respond(request.url ?? '', response);
    });
    return server.host;
  };
  /** The tags that `remote.list` reads from such a registry. */
  const listOf = async (respond: Respond, options = {}): Promise<string[]> =>
    list(newRepository(`${await registryOf(respond)}/app`), options);
  return { registryOf, listOf };
}

/** Responds with a page of tags, and with a `Link` header if there is a next page. */
export function page(response: ServerResponse, tags: unknown, next?: string): void {
  if (next !== undefined) response.setHeader('link', next);
  response.end(JSON.stringify({ name: 'app', tags }));
}

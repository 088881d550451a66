import { Readable } from 'node:stream';
import { newAgents } from './agents.js';
import type { HttpClient, HttpRequest } from '../guard/client.js';
import { type GotClientOptions, resolveClientOptions } from './client-options.js';
import { exchangeRequest, type OpenStream } from './exchange-request.js';
import { guardLiteral } from './lookup.js';

let loading: Promise<OpenStream> | undefined;

/** got is large: programs that bring their own client, and those that never send a request, do not load it. */
const loadGot = (): Promise<OpenStream> =>
  (loading ??= import('got').then(
    ({ got }) =>
      ({ url, method }, openNative) =>
        got.stream(url, {
          method,
          request: openNative,
          decompress: false,
          followRedirect: false,
          retry: { limit: 0 },
          throwHttpErrors: false,
        }),
  ));

/** How often a request moves on to another pooled connection after the server had closed the one it got. */
const MAX_STALE = 3;

/**
 * The package's own client, on top of got: pooled connections, proxies of the environment, timeouts for every phase.
 *
 * Errors are TransportErrors (a proxy that asks for credentials: AuthError); errors of a request's body are passed on
 * as they are. Connections that idle do not keep the process alive.
 *
 * @throws TypeError on options that make no sense.
 */
export function newGotClient(options: GotClientOptions = {}): HttpClient {
  const resolved = resolveClientOptions(options);
  const agents = newAgents(resolved);
  return {
    async request(request) {
      try {
        request.signal?.throwIfAborted();
        const open = await loadGot();
        for (let stale = 0; ; stale += 1) {
          request.signal?.throwIfAborted();
          const route = agents.route(request.url, request.tls);
          guardLiteral(request.guard, request.url);
          const exchange = exchangeRequest(open, route, request, resolved);
          try {
            return await exchange.response;
          } catch (error) {
            if (stale === MAX_STALE || !isReplayable(request) || !exchange.wasStale(error)) throw error;
          }
        }
      } catch (error) {
        if (request.body instanceof Readable) request.body.destroy();
        throw error;
      }
    },
    close() {
      agents.close();
      return Promise.resolve();
    },
  };
}

/** Whether a request may be sent again when its connection closed without an answer. */
function isReplayable({ method, body }: HttpRequest): boolean {
  return method !== 'POST' && method !== 'PATCH' && !(body instanceof Readable);
}

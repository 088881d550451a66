import { Readable } from 'node:stream';
import { newAgents } from './agents.js';
import type { HttpClient, HttpRequest } from '../guard/http-client.js';
import { type GotClientOptions, resolveClientOptions } from './client-options.js';
import { type OpenStream, OutgoingRequest } from './outgoing-request.js';
import { guardLiteral } from './lookup.js';

let loading: Promise<OpenStream> | undefined;

/** got is large, so it is loaded with the first request. Programs with a client of their own never load it. */
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

/** How often a request tries another pooled connection because the server had closed the last one. */
const MAX_STALE = 3;

/** The HTTP client of this package. Use it with `await using`, or close it. */
export interface GotClient extends HttpClient {
  /** Closes idle connections. Connections in use close when their request has ended. The client stays usable. */
  close(): Promise<void>;
  /** The same as {@link GotClient.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates the HTTP client of this package, which uses got. It has pooled connections, proxies from the environment, and
 * timeouts for every phase of a request. Idle connections do not keep the process alive.
 *
 * Its requests reject with a `TransportError`, or with an `AuthError` if a proxy asks for credentials. An error of the
 * stream that is the body of a request is passed on as it is.
 *
 * @throws TypeError if an option is invalid.
 */
export function newGotClient(options: GotClientOptions = {}): GotClient {
  const resolved = resolveClientOptions(options);
  const agents = newAgents(resolved);
  const close = async (): Promise<void> => {
    agents.close();
  };
  return {
    async request(request) {
      try {
        request.signal?.throwIfAborted();
        const open = await loadGot();
        for (let stale = 0; ; stale += 1) {
          request.signal?.throwIfAborted();
          const route = agents.route(request.url, request.tls);
          guardLiteral(request.guard, request.url);
          const outgoing = new OutgoingRequest(open, route, request, resolved);
          try {
            return await outgoing.response;
          } catch (error) {
            if (stale === MAX_STALE || !isReplayable(request) || !outgoing.wasStale(error)) throw error;
          }
        }
      } catch (error) {
        if (request.body instanceof Readable) request.body.destroy();
        throw error;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Whether a request may be sent again if its connection closed without a response. */
function isReplayable({ method, body }: HttpRequest): boolean {
  return method !== 'POST' && method !== 'PATCH' && !(body instanceof Readable);
}

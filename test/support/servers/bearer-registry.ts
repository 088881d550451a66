import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bodyOf, sendJson } from './http-server.js';

/** One request as a server saw it. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Records the requests to a handler. */
export function recording(
  handler: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): { readonly seen: RecordedRequest[]; readonly listener: RequestListener } {
  const seen: RecordedRequest[] = [];
  return {
    seen,
    listener: (request, response) => {
      void bodyOf(request).then(
        (bytes) => {
          const body = bytes.toString();
          const { method = '', url = '' } = request;
          seen.push({ method, url, authorization: request.headers.authorization, body });
          handler(request, response, body);
        },
        () => undefined,
      );
    },
  };
}

/** `METHOD /path` of each request. */
export const lines = (seen: readonly RecordedRequest[]): string[] =>
  seen.map(({ method, url }) => `${method} ${url}`);

/** A registry and its token server in one: `/v2/...` requires a bearer token, `/token` returns numbered ones. */
export function bearerRegistry(
  options: {
    /** Responds to a request whose token was accepted. */
    readonly response?: (request: IncomingMessage, response: ServerResponse, body: string) => void;
    /** Fields of the response of the token server. */
    readonly token?: (count: number, request: IncomingMessage, body: string) => Record<string, unknown>;
    readonly accepts?: (authorization: string | undefined) => boolean;
    /** URL of the token server. @default this server */
    readonly realm?: string;
    readonly scope?: string;
  } = {},
): { readonly seen: RecordedRequest[]; readonly listener: RequestListener } {
  let count = 0;
  const accepts = options.accepts ?? ((authorization) => authorization?.startsWith('Bearer ') === true);
  return recording((request, response, body) => {
    if (request.url?.startsWith('/token') === true) {
      count += 1;
      sendJson(
        response,
        200,
        options.token?.(count, request, body) ?? { token: `t${count}`, expires_in: 300 },
      );
      return;
    }
    if (!accepts(request.headers.authorization)) {
      const realm = options.realm ?? `http://${request.headers.host ?? ''}/token`;
      const scope = options.scope === undefined ? '' : `,scope="${options.scope}"`;
      response.setHeader('www-authenticate', `Bearer realm="${realm}",service="registry.test"${scope}`);
      sendJson(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
      return;
    }
    if (request.url === '/v2/') response.end();
    else if (options.response === undefined) response.end('content');
    else options.response(request, response, body);
  });
}

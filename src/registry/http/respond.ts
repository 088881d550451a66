import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ProtocolError } from '../store/protocol-error.js';

/** Ends the response without a body. */
export function respondEmpty(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
): void {
  // Responses 204 and 304 never have a body, and this function is not used for 1xx.
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': 0 };
  response.writeHead(status, { ...length, ...headers });
  response.end();
}

/** Ends the response with bytes. For HEAD only the headers are sent. */
export function respondBytes(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Uint8Array,
): void {
  response.writeHead(status, { ...headers, 'Content-Length': body.byteLength });
  // Node itself drops the body of a response to HEAD.
  response.end(body);
}

/** Ends the response with a JSON document. */
export function respondJson(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  respondBytes(
    response,
    status,
    { 'Content-Type': 'application/json', ...headers },
    Buffer.from(JSON.stringify(document)),
  );
}

/** Ends the response with the error document of the specification. */
export function respondError(response: ServerResponse, error: ProtocolError): void {
  const { code, message, detail } = error;
  const entry = detail === undefined ? { code, message } : { code, message, detail };
  respondJson(response, error.status, { errors: [entry] }, error.headers);
}

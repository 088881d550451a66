import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ProtocolError } from '../store/protocol-error.js';

/** Ends the response without a body. */
export function respondEmpty(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
): void {
  // 204 and 304 have no body by definition, and 1xx never come here.
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': 0 };
  response.writeHead(status, { ...length, ...headers });
  response.end();
}

/** Ends the response with bytes, or for HEAD with the headers that they would have had. */
export function respondBytes(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Uint8Array,
): void {
  response.writeHead(status, { ...headers, 'Content-Length': body.byteLength });
  // Node drops the body of an answer to HEAD by itself.
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

import type { IncomingHttpHeaders } from 'node:http';
import type { HttpMethod, HttpResponse } from '../guard/http-client.js';

/** The headers of a response in Node, with repeated ones joined. */
export function joinHeaders(headers: IncomingHttpHeaders): HttpResponse['headers'] {
  const joined = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return Object.fromEntries(joined) as HttpResponse['headers'];
}

/** Whether a response has no body, by RFC 9110, section 6.4.1, or by its `Content-Length`. */
export function hasNoBody(method: HttpMethod, status: number, headers: HttpResponse['headers']): boolean {
  return method === 'HEAD' || status === 204 || status === 304 || headers['content-length'] === '0';
}

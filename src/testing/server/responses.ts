import type { ScriptedResponse, HangUp } from './response.js';

/** A response with a JSON body. `rest` adds a status, headers or faults. */
export function jsonResponse(value: unknown, rest: ScriptedResponse = {}): ScriptedResponse {
  return {
    ...rest,
    headers: { 'content-type': 'application/json', ...rest.headers },
    body: JSON.stringify(value),
  };
}

/**
 * An error response in the form of the OCI distribution specification. The message is the code in lower-case words unless
 * `rest` has another.
 */
export function errorResponse(
  status: number,
  code: string,
  rest: ScriptedResponse & { readonly message?: string } = {},
): ScriptedResponse {
  const { message = code.toLowerCase().replaceAll('_', ' '), ...response } = rest;
  return jsonResponse({ errors: [{ code, message }] }, { ...response, status });
}

/** A response 401 with a `WWW-Authenticate` challenge for a bearer token. */
export function challengeResponse(
  challenge: {
    readonly realm: string;
    readonly service?: string;
    readonly scope?: string;
    readonly error?: string;
  },
  rest: ScriptedResponse = {},
): ScriptedResponse {
  const parameters = Object.entries(challenge).map(([name, value]) => `${name}="${value}"`);
  const header = `Bearer ${parameters.join(',')}`;
  return errorResponse(401, 'UNAUTHORIZED', {
    ...rest,
    headers: { 'www-authenticate': header, ...rest.headers },
  });
}

/** A response 429. A number of seconds or a date becomes the `Retry-After` header; without one there is no such header. */
export function tooManyRequests(retryAfter?: number | Date, rest: ScriptedResponse = {}): ScriptedResponse {
  const wait = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter?.toString();
  const headers = { ...(wait !== undefined && { 'retry-after': wait }), ...rest.headers };
  return errorResponse(429, 'TOOMANYREQUESTS', { ...rest, headers });
}

/** A redirect to any URL. The URL is not checked, so that a test can use a hostile one. */
export function redirectResponse(location: string, status = 307): ScriptedResponse {
  return { status, headers: { location } };
}

/** No response: the connection ends before any byte is sent. */
export function noResponse(by: HangUp = 'reset', rest: ScriptedResponse = {}): ScriptedResponse {
  return { ...rest, hangUp: by };
}

import type { ScriptedResponse, HangUp } from './response.js';

/** An answer with a JSON body. */
export function jsonResponse(value: unknown, rest: ScriptedResponse = {}): ScriptedResponse {
  return {
    ...rest,
    headers: { 'content-type': 'application/json', ...rest.headers },
    body: JSON.stringify(value),
  };
}

/** The error document of the distribution specification. */
export function errorResponse(
  status: number,
  code: string,
  rest: ScriptedResponse & { readonly message?: string } = {},
): ScriptedResponse {
  const { message = code.toLowerCase().replaceAll('_', ' '), ...response } = rest;
  return jsonResponse({ errors: [{ code, message }] }, { ...response, status });
}

/** 401 with a challenge for a bearer token. */
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

/** 429; a number of seconds or a date becomes `Retry-After`. */
export function tooManyRequests(retryAfter?: number | Date, rest: ScriptedResponse = {}): ScriptedResponse {
  const wait = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter?.toString();
  const headers = { ...(wait !== undefined && { 'retry-after': wait }), ...rest.headers };
  return errorResponse(429, 'TOOMANYREQUESTS', { ...rest, headers });
}

/** A redirect to any URL, hostile ones included. */
export function redirectResponse(location: string, status = 307): ScriptedResponse {
  return { status, headers: { location } };
}

/** The connection breaks before the answer. */
export function noResponse(by: HangUp = 'reset', rest: ScriptedResponse = {}): ScriptedResponse {
  return { ...rest, hangUp: by };
}

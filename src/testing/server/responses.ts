import type { Answer, HangUp } from './response.js';

/** An answer with a JSON body. */
export function jsonAnswer(value: unknown, rest: Answer = {}): Answer {
  return {
    ...rest,
    headers: { 'content-type': 'application/json', ...rest.headers },
    body: JSON.stringify(value),
  };
}

/** The error document of the distribution specification. */
export function errorAnswer(
  status: number,
  code: string,
  rest: Answer & { readonly message?: string } = {},
): Answer {
  const { message = code.toLowerCase().replaceAll('_', ' '), ...answer } = rest;
  return jsonAnswer({ errors: [{ code, message }] }, { ...answer, status });
}

/** 401 with a challenge for a bearer token. */
export function challengeAnswer(
  challenge: {
    readonly realm: string;
    readonly service?: string;
    readonly scope?: string;
    readonly error?: string;
  },
  rest: Answer = {},
): Answer {
  const parameters = Object.entries(challenge).map(([name, value]) => `${name}="${value}"`);
  const header = `Bearer ${parameters.join(',')}`;
  return errorAnswer(401, 'UNAUTHORIZED', {
    ...rest,
    headers: { 'www-authenticate': header, ...rest.headers },
  });
}

/** 429; a number of seconds or a date becomes `Retry-After`. */
export function tooManyRequests(retryAfter?: number | Date, rest: Answer = {}): Answer {
  const wait = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter?.toString();
  const headers = { ...(wait !== undefined && { 'retry-after': wait }), ...rest.headers };
  return errorAnswer(429, 'TOOMANYREQUESTS', { ...rest, headers });
}

/** A redirect to any URL, hostile ones included. */
export function redirectAnswer(location: string, status = 307): Answer {
  return { status, headers: { location } };
}

/** The connection breaks before the answer. */
export function noAnswer(by: HangUp = 'reset', rest: Answer = {}): Answer {
  return { ...rest, hangUp: by };
}

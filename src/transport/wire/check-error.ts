import type { Readable } from 'node:stream';
import { AuthError } from '../../errors/service/auth.js';
import type { ContainerError } from '../../errors/base.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { type Diagnostic, TransportError, type TransportStep } from '../../errors/service/transport.js';
import { STATUS_CODES } from 'node:http';
import { printable } from '../../internal/printable.js';
import { readText } from './content-encoding.js';
import { redactUrl } from './redact.js';
import { parseRetryAfter } from './retry-after.js';

/** The part of a response that an error is made from. */
export interface ErrorResponse {
  /** The status of the response. */
  readonly status: number;
  /** The names are in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes of the body as they were sent. */
  readonly body: Readable;
}

/** The request that an error is about. */
export interface ErrorSubject {
  /** The method of the request. */
  readonly method: string;
  /** Errors show it without user information and without the values of query parameters that may be secret. */
  readonly url: URL;
  /** The purpose of the request. @default 'request' */
  readonly step?: TransportStep | undefined;
  /** Whether there are credentials for the server. It decides between the reasons of an `AuthError`. @default true */
  readonly hasCredentials?: boolean | undefined;
}

/** Largest part of an error body, in bytes, that is read. A longer body is dropped with its connection. */
const BODY_CAP = 64 * 1024;
const MAX_DIAGNOSTICS = 32;
const EXCERPT = 256;

/**
 * Throws unless the status is one of `expect`. If it throws, the body was read and released; otherwise the body is
 * untouched.
 *
 * @throws NotFoundError for 404. Its cause is the `TransportError`, which has the status and the errors of the registry.
 * @throws AuthError for 401 and 403, with the same cause.
 * @throws TransportError for every other status, and for every status of a storage service to which a redirect led.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export async function checkError(
  response: ErrorResponse,
  request: ErrorSubject,
  expect: readonly number[],
): Promise<void> {
  if (expect.includes(response.status)) return;
  throw toSpecificError(await errorFromResponse(response, request), request);
}

/** Reads an error response, and releases its body. */
export async function errorFromResponse(
  response: ErrorResponse,
  request: ErrorSubject,
): Promise<TransportError> {
  const { status } = response;
  // The status alone makes an error, so it does not matter if the body cannot be read.
  const text = await readText(response, BODY_CAP).then(
    ({ bytes }) => bytes.toString('utf8'),
    () => '',
  );
  const diagnostics = parseDiagnostics(text);
  const url = redactUrl(request.url);
  const codes = diagnostics.map(({ code }) => code);
  return new TransportError(
    `${request.method} ${url}: ${explain(status, diagnostics, text)}${challengeOf(response)}`,
    {
      method: request.method,
      url,
      step: request.step,
      status,
      diagnostics,
      temporary:
        isTemporaryStatus(status) || (codes.length > 0 && codes.every((code) => TEMPORARY_CODES.has(code))),
      retryAfterMs: parseRetryAfter(response.headers['retry-after']),
      hint: hintFor(request, response),
    },
  );
}

/** Converts an error to the class that callers distinguish. */
function toSpecificError(error: TransportError, { hasCredentials = true }: ErrorSubject): ContainerError {
  if (error.step === 'redirect') return error;
  if (error.status === 404) return new NotFoundError(error.message, { cause: error, hint: error.hint });
  if (error.status === 401 || error.status === 403) {
    const reason = hasCredentials ? 'refused' : 'missing';
    return new AuthError(error.message, { reason, status: error.status, cause: error, hint: error.hint });
  }
  return error;
}

const TEMPORARY_CODES = new Set(['TOOMANYREQUESTS', 'UNAVAILABLE']);
/** The 5xx statuses that another attempt will not change. */
const PERMANENT_SERVER_ERRORS = new Set([501, 505, 507, 508, 510, 511]);

/** Whether the same request may succeed later, after a response with this status. */
export function isTemporaryStatus(status: number): boolean {
  return (
    status === 408 ||
    status === 429 ||
    status === 499 ||
    (status >= 500 && !PERMANENT_SERVER_ERRORS.has(status))
  );
}

function explain(status: number, diagnostics: readonly Diagnostic[], text: string): string {
  if (diagnostics.length > 0) {
    return diagnostics.map(({ code, message }) => (message === '' ? code : `${code}: ${message}`)).join('; ');
  }
  const reason = STATUS_CODES[status];
  const excerpt = printable(text, EXCERPT);
  return `status ${status}${reason === undefined ? '' : ` ${reason}`}${excerpt === '' ? '' : `: ${excerpt}`}`;
}

/** The challenge of the server, as text for a message. Often only it explains why a token was not enough. */
function challengeOf({ status, headers }: ErrorResponse): string {
  const challenge = status === 401 ? printable(headers['www-authenticate'] ?? '', EXCERPT) : '';
  return challenge === '' ? '' : ` (challenge: ${challenge})`;
}

function hintFor(request: ErrorSubject, response: ErrorResponse): string | undefined {
  const { status, headers } = response;
  const { location } = headers;
  if (status >= 300 && status < 400 && location !== undefined) return redirectHint(location, request.url);
  if (request.step === 'redirect') return storageHint(request.url.host, status);
  const isPage = headers['content-type']?.startsWith('text/html') === true;
  if (isPage && (status === 403 || (status === 401 && headers['www-authenticate'] === undefined)))
    return 'the server sent a web page: a login page, proxy or firewall may stand in front of the registry';
  if (status === 401) return unauthorizedHint(headers['www-authenticate'] ?? '');
  if (request.method === 'DELETE' && [400, 405, 501].includes(status)) return deleteHint(request.url);
  if (status === 403) return 'check that the account may do this in this repository';
  if (status === 404 && isPage) return 'the server sent a web page: check the name of the registry';
  if (status === 429) return limitHint(parseRetryAfter(headers['retry-after']));
  // RFC 9110: a response to HEAD has no body.
  return request.method === 'HEAD'
    ? 'a response to HEAD has no explanation: the same request with GET may give one'
    : undefined;
}

/** The hint for a redirect that is not followed, because the request is not a read. Usually it leads to a login page. */
function redirectHint(location: string, from: URL): string {
  const target = URL.canParse(location, from.href)
    ? redactUrl(new URL(location, from))
    : printable(location, EXCERPT);
  return `the server redirects this request to ${target}, which is not followed: a login page may stand in front of the registry`;
}

function limitHint(retryAfterMs = 0): string {
  const time = retryAfterMs > 0 ? `${Math.ceil(retryAfterMs / 1000)} seconds` : '';
  return `the registry limits requests: wait${time && ` ${time}, as it asks`}, or log in for a higher limit`;
}

/** Docker Hub and others give the same response for a repository that does not exist and for one that is private. */
function unauthorizedHint(challenge: string): string {
  return /^\s*basic\b/i.test(challenge)
    ? 'log in to the registry, or check the user name and password'
    : 'check the name of the repository, which may not exist, or log in with an account that may use it';
}

function deleteHint({ pathname }: URL): string {
  const [last = '', kind] = pathname.split('/').reverse();
  return kind === 'manifests' && /:|%3a/i.test(last)
    ? 'the registry may be configured not to delete anything: ask its operator'
    : 'many registries delete by digest only, and some delete nothing: name the digest instead of the tag';
}

/** The hint for a failure of the storage service where a registry keeps its blobs. */
function storageHint(host: string, status: number): string {
  const redirected = `the registry redirected the request to ${host}`;
  if (status === 404) return `${redirected}, where the content is missing: its operator has to repair that`;
  if (status === 401 || status === 403)
    return `${redirected}, which refused it: a proxy or firewall may block that host, or the link has expired`;
  return redirected;
}

/** The entries of an error body in the format of the distribution specification. Other bodies have no entries. */
export function parseDiagnostics(text: string): Diagnostic[] {
  if (!text.trimStart().startsWith('{')) return [];
  let errors: unknown;
  try {
    errors = (JSON.parse(text) as { errors?: unknown }).errors;
  } catch {
    return [];
  }
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, MAX_DIAGNOSTICS).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { code, message, detail } = entry as Record<string, unknown>;
    if (typeof code !== 'string' && typeof message !== 'string') return [];
    return {
      code: typeof code === 'string' ? printable(code, 64) : 'UNKNOWN',
      message: typeof message === 'string' ? printable(message, EXCERPT) : '',
      ...(detail === undefined || detail === null ? {} : { detail }),
    };
  });
}

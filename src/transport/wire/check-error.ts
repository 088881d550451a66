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

/** The part of an answer that an error is made from. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readable;
}

export interface ErrorSubject {
  readonly method: string;
  readonly url: URL;
  /** @default 'request' */
  readonly step?: TransportStep | undefined;
}

/** Largest error body that is read; the rest is dropped with its connection. */
const BODY_CAP = 64 * 1024;
const MAX_DIAGNOSTICS = 32;
const EXCERPT = 256;

/**
 * Throws unless the status is one of `expect`; the body is untouched then, and read and released otherwise.
 *
 * @throws {@link NotFoundError} for 404 and {@link AuthError} for 401 and 403, each with the `TransportError` as
 * its cause, which holds the status and what the registry said; {@link TransportError} for everything else, and for
 * whatever a storage service says to which a redirect led.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export async function checkError(
  response: ErrorResponse,
  request: ErrorSubject,
  expect: readonly number[],
): Promise<void> {
  if (expect.includes(response.status)) return;
  throw specific(await errorFromResponse(response, request));
}

/** Reads an error answer, and releases its body. */
export async function errorFromResponse(
  response: ErrorResponse,
  request: ErrorSubject,
): Promise<TransportError> {
  const { status } = response;
  // What can be read of the body is a bonus: the status is the error.
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

/** The class that callers branch on. */
function specific(error: TransportError): ContainerError {
  if (error.step === 'redirect') return error;
  if (error.status === 404) return new NotFoundError(error.message, { cause: error, hint: error.hint });
  if (error.status === 401 || error.status === 403) {
    return new AuthError(error.message, { cause: error, hint: error.hint });
  }
  return error;
}

const TEMPORARY_CODES = new Set(['TOOMANYREQUESTS', 'UNAVAILABLE']);
/** Of the 5xx, what another attempt will not change. */
const LASTING = new Set([501, 505, 507, 508, 510, 511]);

/** Whether an answer with this status says "later". */
export function isTemporaryStatus(status: number): boolean {
  return status === 408 || status === 429 || status === 499 || (status >= 500 && !LASTING.has(status));
}

function explain(status: number, diagnostics: readonly Diagnostic[], text: string): string {
  if (diagnostics.length > 0) {
    return diagnostics.map(({ code, message }) => (message === '' ? code : `${code}: ${message}`)).join('; ');
  }
  const reason = STATUS_CODES[status];
  const excerpt = printable(text, EXCERPT);
  return `status ${status}${reason === undefined ? '' : ` ${reason}`}${excerpt === '' ? '' : `: ${excerpt}`}`;
}

/** What the server asked for: often the only clue to why a token was not enough. */
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
    return 'a web page answered: a login page, proxy or firewall may stand in front of the registry';
  if (status === 401) return unauthorizedHint(headers['www-authenticate'] ?? '');
  if (request.method === 'DELETE' && [400, 405, 501].includes(status)) return deleteHint(request.url);
  if (status === 403) return 'check that the account may do this in this repository';
  if (status === 404 && isPage) return 'a web page answered: check the name of the registry';
  if (status === 429) return limitHint(parseRetryAfter(headers['retry-after']));
  // RFC 9110: an answer to HEAD has no body.
  return request.method === 'HEAD'
    ? 'an answer to HEAD carries no explanation: the same GET may give one'
    : undefined;
}

/** Only reads follow every redirect; a login page is the usual target of one that no registry sends. */
function redirectHint(location: string, from: URL): string {
  const target = URL.canParse(location, from.href)
    ? redactUrl(new URL(location, from))
    : printable(location, EXCERPT);
  return `the server sends this request on to ${target}, which is not followed: a login page may stand in front of the registry`;
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
    ? 'the registry may be set not to delete anything: ask its operator'
    : 'many registries delete by digest only, and some nothing at all: name the digest instead of the tag';
}

/** What may be wrong where a registry keeps its blobs, or with the way there. */
function storageHint(host: string, status: number): string {
  const sent = `the registry sent the request on to ${host}`;
  if (status === 404) return `${sent}, where the content is missing: its operator has to repair that`;
  if (status === 401 || status === 403)
    return `${sent}, which refused it: a proxy or firewall may block that host, or the link has expired`;
  return sent;
}

/** The entries of an error body; none if it is something else. */
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

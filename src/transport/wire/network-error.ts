import { types } from 'node:util';
import { TransportError } from '../../errors/service/transport.js';
import {
  type NetworkFailure,
  networkFailure,
  untrustedCertificateCodes,
} from '../../internal/network-failure.js';
import { printable } from '../../internal/printable.js';
import type { ErrorSubject } from './check-error.js';
import { redactUrl } from './redact.js';

/** What an error says about a failure that is known by its code. */
interface Failure extends NetworkFailure {
  readonly hint?: string | undefined;
}

const CERTIFICATE_HINT =
  'give the certificate of its authority as `ca`, or mark the registry insecure if you accept any';

export const CLIENT_CERTIFICATE_HINT =
  'give the client certificate and its key as `cert` and `key` of the registry';

/** Failures whose code is ours, or that only a registry can cause. */
const registryFailures: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  [
    'CLIENT_CERTIFICATE_MISSING',
    { text: 'the server wants a client certificate', temporary: false, hint: CLIENT_CERTIFICATE_HINT },
  ],
  [
    'CLIENT_CERTIFICATE_REFUSED',
    { text: 'the server refused the client certificate', temporary: false, hint: CLIENT_CERTIFICATE_HINT },
  ],
  [
    'TLS_REFUSED',
    {
      text: 'the server refused the TLS handshake',
      temporary: false,
      hint: 'it may want a client certificate, or another version of TLS',
    },
  ],
  ['HPE_HEADER_OVERFLOW', { text: 'the headers of the response are too large', temporary: false }],
]);

const hints: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'check the name and port of the registry, and that it is running'],
  ['ENOTFOUND', 'check the name of the registry'],
  ['EPROTO', 'mark the registry insecure if it speaks plain http'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'check the name of the registry: its certificate does not cover it'],
  ['CERT_NOT_YET_VALID', 'check the clock'],
  ...[...untrustedCertificateCodes].map((code) => [code, CERTIFICATE_HINT] as const),
]);

/** The failure with a code; undefined for an unknown code. */
function failureWithCode(code: string | undefined): Failure | undefined {
  if (code === undefined) return undefined;
  const failure = networkFailure(code);
  return failure === undefined ? registryFailures.get(code) : { ...failure, hint: hints.get(code) };
}

/** Also recognizes an error of another JavaScript realm, such as that of a worker or a test. */
const isError = (value: unknown): value is Error => value instanceof Error || types.isNativeError(value);

/** TLS alerts about certificates, by their numbers. */
const REFUSED_ALERTS = new Set([42, 43, 44, 45, 46, 48, 49]);

/** Our own code for the TLS alert that a server sent. OpenSSL names the alert only in the text of its message. */
function alertCode(error: Error): string | undefined {
  const alert = /SSL alert number (\d+)/.exec(error.message)?.[1];
  if (alert === undefined) return undefined;
  if (alert === '116') return 'CLIENT_CERTIFICATE_MISSING';
  return REFUSED_ALERTS.has(Number(alert)) ? 'CLIENT_CERTIFICATE_REFUSED' : 'TLS_REFUSED';
}

/** The code of the system or of Node for a failure, or ours for a TLS alert, from the error or one of its causes. */
export function networkErrorCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; isError(at) && depth < 8; at = at.cause, depth += 1) {
    const alert = alertCode(at);
    if (alert !== undefined) return alert;
  }
  for (let at = error, depth = 0; isError(at) && depth < 8; at = at.cause, depth += 1) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && !code.startsWith('ERR_GOT') && code !== 'TRANSPORT') return code;
  }
  return undefined;
}

/**
 * Turns an error of the connection into a TransportError.
 *
 * An error of the HTTP library holds the request with its headers, so only its code and text are kept.
 */
export function networkError(error: unknown, request: ErrorSubject): TransportError {
  const code = networkErrorCode(error);
  const known = failureWithCode(code);
  const message = isError(error) ? printable(error.message) : 'failed';
  const url = redactUrl(request.url);
  const isParseError = (code ?? '').startsWith('HPE_');
  const text = known?.text ?? (isParseError ? `the response is not HTTP (${code ?? ''})` : message);
  return new TransportError(`${request.method} ${url}: ${text}`, {
    method: request.method,
    url,
    step: request.step,
    cause: plainCause(message, code),
    temporary: known?.temporary ?? isParseError,
    hint: known?.hint,
  });
}

/** Failures to connect. If there is a proxy, they mean that the proxy cannot be reached. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

export const isUnreachable = (error: unknown): boolean => UNREACHABLE.has(networkErrorCode(error) ?? '');

/** The error for a proxy that cannot be reached. */
export function proxyError(error: unknown, proxy: URL): TransportError {
  const code = networkErrorCode(error);
  const known = failureWithCode(code);
  const message = isError(error) ? printable(error.message) : 'failed';
  return new TransportError(`cannot reach the proxy ${proxy.host}: ${known?.text ?? message}`, {
    cause: plainCause(message, code),
    temporary: known?.temporary ?? false,
    hint: 'check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; NO_PROXY names hosts that need no proxy',
  });
}

function plainCause(message: string, code: string | undefined): Error {
  const cause: NodeJS.ErrnoException = new Error(message);
  if (code !== undefined) cause.code = code;
  return cause;
}

/** The codes of timeouts, which the cause of the error has. */
export const NO_CONNECTION = 'NO_CONNECTION';
export const NO_RESPONSE = 'NO_RESPONSE';
export const STALLED = 'STALLED';

export type TimeoutCode = typeof NO_CONNECTION | typeof NO_RESPONSE | typeof STALLED;

/** Whether an error means that a timeout has expired. */
export function isTimeout(error: unknown): boolean {
  const code = networkErrorCode(error) ?? '';
  return code === NO_CONNECTION || code === NO_RESPONSE || code === STALLED;
}

/** The error for a timeout. */
export function timeoutError(request: ErrorSubject, reason: string, code: TimeoutCode): TransportError {
  const url = redactUrl(request.url);
  return new TransportError(`${request.method} ${url}: ${reason}`, {
    method: request.method,
    url,
    step: request.step,
    cause: plainCause(reason, code),
    temporary: true,
  });
}

/** The error for a failure that this package itself noticed. */
export function requestError(
  request: ErrorSubject,
  reason: string,
  temporary: boolean,
  hint?: string,
): TransportError {
  const url = redactUrl(request.url);
  return new TransportError(`${request.method} ${url}: ${reason}`, {
    method: request.method,
    url,
    step: request.step,
    temporary,
    hint,
  });
}

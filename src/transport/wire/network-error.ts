import { types } from 'node:util';
import { TransportError } from '../../errors/service/transport.js';
import { printable } from '../../internal/printable.js';
import type { ErrorSubject } from './check-error.js';
import { redactUrl } from './redact.js';

/** What is known about a failure by the name that the system or Node gives it. */
interface Failure {
  readonly text: string;
  readonly temporary: boolean;
  readonly hint?: string;
}

const CERTIFICATE_HINT =
  'give the certificate of its authority as `ca`, or mark the registry insecure if you accept any';

export const CLIENT_CERTIFICATE_HINT =
  'give the client certificate and its key as `cert` and `key` of the registry';

const failures: Readonly<Record<string, Failure>> = {
  CLIENT_CERTIFICATE_MISSING: {
    text: 'the server wants a client certificate',
    temporary: false,
    hint: CLIENT_CERTIFICATE_HINT,
  },
  CLIENT_CERTIFICATE_REFUSED: {
    text: 'the server refused the client certificate',
    temporary: false,
    hint: CLIENT_CERTIFICATE_HINT,
  },
  TLS_REFUSED: {
    text: 'the server refused the TLS handshake',
    temporary: false,
    hint: 'it may want a client certificate, or another version of TLS',
  },
  ECONNRESET: { text: 'the connection was closed in the middle', temporary: true },
  EPIPE: { text: 'the connection was closed in the middle', temporary: true },
  ECONNABORTED: { text: 'the connection was closed in the middle', temporary: true },
  ECONNREFUSED: {
    text: 'connection refused',
    temporary: true,
    hint: 'check the name and port of the registry, and that it is running',
  },
  ETIMEDOUT: { text: 'timed out', temporary: true },
  EHOSTUNREACH: { text: 'host unreachable', temporary: true },
  ENETUNREACH: { text: 'network unreachable', temporary: true },
  EAI_AGAIN: { text: 'name lookup failed for the moment', temporary: true },
  ENOTFOUND: { text: 'no such host', temporary: false, hint: 'check the name of the registry' },
  EPROTO: {
    text: 'no TLS on this port',
    temporary: false,
    hint: 'mark the registry insecure if it speaks plain http',
  },
  HPE_HEADER_OVERFLOW: { text: 'the headers of the answer are too large', temporary: false },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    text: 'the certificate is for another host',
    temporary: false,
    hint: 'check the name of the registry: its certificate does not cover it',
  },
  CERT_HAS_EXPIRED: { text: 'the certificate has expired', temporary: false },
  CERT_NOT_YET_VALID: { text: 'the certificate is not valid yet', temporary: false, hint: 'check the clock' },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    text: 'the certificate is self-signed',
    temporary: false,
    hint: CERTIFICATE_HINT,
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    text: 'the certificate is signed by an unknown authority',
    temporary: false,
    hint: CERTIFICATE_HINT,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    text: 'the certificate is signed by an unknown authority',
    temporary: false,
    hint: CERTIFICATE_HINT,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    text: 'the certificate is signed by an unknown authority',
    temporary: false,
    hint: CERTIFICATE_HINT,
  },
};

/** Also an error of another realm, such as that of a worker or a test. */
const isError = (value: unknown): value is Error => value instanceof Error || types.isNativeError(value);

/** TLS alerts about certificates, by their numbers. */
const REFUSED_ALERTS = new Set([42, 43, 44, 45, 46, 48, 49]);

/** A name for the TLS alert that a server sent; OpenSSL tells it in its message only. */
function alertCode(error: Error): string | undefined {
  const alert = /SSL alert number (\d+)/.exec(error.message)?.[1];
  if (alert === undefined) return undefined;
  if (alert === '116') return 'CLIENT_CERTIFICATE_MISSING';
  return REFUSED_ALERTS.has(Number(alert)) ? 'CLIENT_CERTIFICATE_REFUSED' : 'TLS_REFUSED';
}

/** The system's or Node's name for a failure, or ours for a TLS alert, found on the error or below it. */
export function errorCode(error: unknown): string | undefined {
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
 * An error of the connection as a TransportError.
 *
 * The HTTP library's own errors hold the request with its headers, so only their name and text go on.
 */
export function networkError(error: unknown, request: ErrorSubject): TransportError {
  const code = errorCode(error);
  const known = code === undefined ? undefined : failures[code];
  const message = isError(error) ? printable(error.message) : 'failed';
  const url = redactUrl(request.url);
  const parse = (code ?? '').startsWith('HPE_');
  const text = known?.text ?? (parse ? `the answer is not HTTP (${code ?? ''})` : message);
  return new TransportError(`${request.method} ${url}: ${text}`, {
    method: request.method,
    url,
    step: request.step,
    cause: plainCause(message, code),
    temporary: known?.temporary ?? parse,
    hint: known?.hint,
  });
}

/** Failures of the connection itself: through a proxy, they are failures to reach the proxy. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

export const isUnreachable = (error: unknown): boolean => UNREACHABLE.has(errorCode(error) ?? '');

/** The error for a proxy that cannot be reached. */
export function proxyError(error: unknown, proxy: URL): TransportError {
  const code = errorCode(error);
  const known = code === undefined ? undefined : failures[code];
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

/** Codes of the timeouts, on the causes of their errors. */
export const NO_CONNECTION = 'NO_CONNECTION';
export const NO_RESPONSE = 'NO_RESPONSE';
export const STALLED = 'STALLED';

export type Silence = typeof NO_CONNECTION | typeof NO_RESPONSE | typeof STALLED;

/** Whether nothing came for as long as a timeout allows. */
export function isSilence(error: unknown): boolean {
  const code = errorCode(error) ?? '';
  return code === NO_CONNECTION || code === NO_RESPONSE || code === STALLED;
}

/** The error for a server that says nothing for too long. */
export function silence(request: ErrorSubject, reason: string, code: Silence): TransportError {
  const url = redactUrl(request.url);
  return new TransportError(`${request.method} ${url}: ${reason}`, {
    method: request.method,
    url,
    step: request.step,
    cause: plainCause(reason, code),
    temporary: true,
  });
}

/** A failure of our own making, in the same form. */
export function brokenOff(
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

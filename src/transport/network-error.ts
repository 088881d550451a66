import { TransportError } from '../errors/transport.js';
import { printable } from '../internal/printable.js';
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

const failures: Readonly<Record<string, Failure>> = {
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

/** The system's or Node's name for a failure, found on the error or below it. */
export function errorCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
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
  const message = error instanceof Error ? printable(error.message) : 'failed';
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

function plainCause(message: string, code: string | undefined): Error {
  const cause: NodeJS.ErrnoException = new Error(message);
  if (code !== undefined) cause.code = code;
  return cause;
}

/** A failure of our own making, such as a timeout, in the same form. */
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

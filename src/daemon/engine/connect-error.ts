import { TransportError } from '../../errors/service/transport.js';
import { errorCode } from '../../internal/error-code.js';
import { printable } from '../../internal/printable.js';
import type { Endpoint } from './endpoint.js';

/** What is known about a failure by the name that the system or Node gives it. */
interface Failure {
  readonly text: string;
  readonly temporary?: boolean;
  readonly hint?: string;
}

const START =
  'start Docker, or the service of podman with `systemctl --user start podman.socket`; ' +
  'or say where the daemon listens, with `host`, DOCKER_HOST or a docker context';
const CERTIFICATE =
  'the authority that signed its certificate belongs in `tls.ca`, or in ca.pem where DOCKER_CERT_PATH leads';
const NO_TLS = 'the port may be one without TLS, which docker has at 2375 and with TLS at 2376';

const failures: Readonly<Record<string, Failure>> = {
  ENOENT: { text: 'there is no such socket', hint: START },
  ENOTSOCK: { text: 'that is no socket', hint: START },
  EACCES: {
    text: 'permission denied',
    hint: 'the socket belongs to another user: join its group (`docker`), or use a rootless docker or podman',
  },
  EPERM: { text: 'operation not permitted' },
  ECONNREFUSED: { text: 'nobody listens there', temporary: true, hint: START },
  ENOTFOUND: { text: 'no such host' },
  EAI_AGAIN: { text: 'name lookup failed for the moment', temporary: true },
  ETIMEDOUT: { text: 'timed out', temporary: true },
  EHOSTUNREACH: { text: 'host unreachable', temporary: true },
  ENETUNREACH: { text: 'network unreachable', temporary: true },
  ECONNRESET: { text: 'the daemon closed the connection in the middle', temporary: true },
  EPIPE: { text: 'the daemon closed the connection in the middle', temporary: true },
  EPROTO: { text: 'no TLS on this port', hint: NO_TLS },
  ERR_TLS_CERT_ALTNAME_INVALID: { text: 'the certificate is for another host' },
  CERT_HAS_EXPIRED: { text: 'the certificate has expired' },
  DEPTH_ZERO_SELF_SIGNED_CERT: { text: 'the certificate is self-signed', hint: CERTIFICATE },
  SELF_SIGNED_CERT_IN_CHAIN: { text: 'the certificate is of an unknown authority', hint: CERTIFICATE },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { text: 'the certificate is of an unknown authority', hint: CERTIFICATE },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    text: 'the certificate is of an unknown authority',
    hint: CERTIFICATE,
  },
};

/** The daemon wants a client certificate, or another one. */
const REFUSED_CERTIFICATE = /^ERR_SSL_.*(CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE)/;

/** An error of the connection; `operation` starts its message. */
export function connectError(error: unknown, operation: string, { host }: Endpoint): TransportError {
  const code = errorCode(error);
  const { text, temporary = false, hint } = failureOf(code, error);
  return new TransportError(`${operation}: ${host}: ${text}`, { url: host, cause: error, temporary, hint });
}

function failureOf(code: string, error: unknown): Failure {
  const known = failures[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return { text: `the answer is not HTTP (${code})`, hint: START };
  if (REFUSED_CERTIFICATE.test(code)) {
    return {
      text: 'the daemon refused the client certificate, or misses one',
      hint: 'give `tls.cert` and `tls.key`, or have cert.pem and key.pem where DOCKER_CERT_PATH leads',
    };
  }
  const message = error instanceof Error ? printable(error.message) : '';
  return { text: message === '' ? 'the connection failed' : message };
}

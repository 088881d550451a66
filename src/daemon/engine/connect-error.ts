import { TransportError } from '../../errors/service/transport.js';
import { errorCode } from '../../internal/error-code.js';
import { networkFailure, untrustedCertificateCodes } from '../../internal/network-failure.js';
import { printable } from '../../internal/printable.js';
import type { Endpoint } from './endpoint.js';

/** What an error says about a failure that is known by its code. */
interface Failure {
  readonly text: string;
  readonly temporary?: boolean;
  readonly hint?: string | undefined;
}

const START =
  'start Docker, or the service of podman with `systemctl --user start podman.socket`; ' +
  'or name the address of the daemon with `host`, DOCKER_HOST or a docker context';
const CERTIFICATE =
  'put the certificate of the authority into `tls.ca`, or into ca.pem in the directory DOCKER_CERT_PATH';
const NO_TLS = 'the port may have no TLS: docker uses port 2375 without TLS, and 2376 with TLS';

/** Failures that only the socket of a daemon has. */
const socketFailures: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  ['ENOENT', { text: 'the socket does not exist', hint: START }],
  ['ENOTSOCK', { text: 'the file is not a socket', hint: START }],
  [
    'EACCES',
    {
      text: 'permission denied',
      hint: 'the socket belongs to another user: join its group (`docker`), or use a rootless docker or podman',
    },
  ],
  ['EPERM', { text: 'operation not permitted' }],
]);

const hints: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', START],
  ['EPROTO', NO_TLS],
  ...[...untrustedCertificateCodes].map((code) => [code, CERTIFICATE] as const),
]);

/** Codes of a daemon that wants a client certificate, or a different one. */
const REFUSED_CERTIFICATE = /^ERR_SSL_.*(CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE)/;

/** The error for a failed connection. Its message starts with `operation`. */
export function connectError(error: unknown, operation: string, { host }: Endpoint): TransportError {
  const code = errorCode(error);
  const { text, temporary = false, hint } = failureOf(code, error);
  return new TransportError(`${operation}: ${host}: ${text}`, { url: host, cause: error, temporary, hint });
}

function failureOf(code: string, error: unknown): Failure {
  const ofSocket = socketFailures.get(code);
  if (ofSocket !== undefined) return ofSocket;
  const ofNetwork = networkFailure(code);
  if (ofNetwork !== undefined) return { ...ofNetwork, hint: hints.get(code) };
  if (code.startsWith('HPE_')) return { text: `the response is not HTTP (${code})`, hint: START };
  if (REFUSED_CERTIFICATE.test(code)) {
    return {
      text: 'the daemon refused the client certificate, or requires one',
      hint: 'set `tls.cert` and `tls.key`, or put cert.pem and key.pem into the directory DOCKER_CERT_PATH',
    };
  }
  const message = error instanceof Error ? printable(error.message) : '';
  return { text: message === '' ? 'the connection failed' : message };
}

import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { type AbortOptions, onAbort } from '../../internal/async/abort.js';
import { reuseReadBuffer } from '../../internal/streams/read-buffer.js';
import type { Endpoint } from './endpoint.js';
import { sshAgent } from './ssh-connection.js';

export interface EngineRequest {
  readonly method: 'GET' | 'POST';
  /** With the version in front. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly agent?: http.Agent | undefined;
}

export interface OpenedRequest {
  /** To be written to and ended. */
  readonly request: ClientRequest;
  /** The answer, which may come before all was written. */
  readonly response: Promise<IncomingMessage>;
}

/** From asking for the host's address to a connection that can be written to. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Starts a request on a connection of its own. An abort ends the connection, and with it what of the answer is still to come. */
export function openRequest(
  endpoint: Endpoint,
  { method, path, headers = {}, agent }: EngineRequest,
  { signal }: AbortOptions,
): OpenedRequest {
  signal?.throwIfAborted();
  const { socketPath, hostname, port, tls } = endpoint;
  const common = {
    method,
    path: endpoint.basePath + path,
    // Go's server refuses a request without a host, and cares for no particular one.
    headers: { host: hostname === undefined ? 'docker' : hostOf(hostname, port), ...headers },
    agent: agent ?? newAgent(endpoint),
  };
  const request =
    socketPath === undefined
      ? (tls === undefined ? http : https).request({ ...common, host: hostname, port })
      : http.request({ ...common, socketPath });
  const stop = signal === undefined ? undefined : onAbort(signal, () => request.destroy());
  request.once('close', () => stop?.());
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    // An abort leaves no error.
    request.once('close', () => {
      reject(coded('ECONNRESET', 'the connection was closed'));
    });
  });
  response.catch(() => undefined);
  limitConnecting(request, tls !== undefined);
  return { request, response };
}

function hostOf(hostname: string, port: number | undefined): string {
  const name = hostname.includes(':') ? `[${hostname}]` : hostname;
  return port === undefined ? name : `${name}:${port}`;
}

/** Connections are not kept: those to a socket cost nothing, and none is left open behind anybody. */
function newAgent({ ssh, tls }: Endpoint): http.Agent {
  if (ssh !== undefined) return sshAgent(ssh);
  if (tls === undefined) return reuseReadBuffer(new http.Agent());
  const { ca, cert, key, insecureSkipVerify = false } = tls;
  return reuseReadBuffer(new https.Agent({ ca, cert, key, rejectUnauthorized: !insecureSkipVerify }));
}

function limitConnecting(request: ClientRequest, secure: boolean): void {
  request.once('socket', (socket: Duplex & { readonly connecting?: boolean }) => {
    if (socket.connecting !== true) return;
    const timer = setTimeout(() => {
      const reason = `no connection within ${CONNECT_TIMEOUT_MS} ms`;
      request.destroy(coded('ETIMEDOUT', reason));
    }, CONNECT_TIMEOUT_MS);
    const clear = (): void => {
      clearTimeout(timer);
    };
    socket.once(secure ? 'secureConnect' : 'connect', clear).once('close', clear);
  });
}

/** An error as the system would give it. */
function coded(code: string, message: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message);
  error.code = code;
  return error;
}

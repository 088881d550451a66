import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { type AbortOptions, onAbort } from '../../internal/async/abort.js';
import { reuseReadBuffer } from '../../internal/streams/read-buffer.js';
import type { Endpoint } from './endpoint.js';
import { sshAgent } from './ssh-connection.js';

/** A request to a daemon, as it is sent. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST';
  /** The path with its query, and with the version of the API. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly agent?: http.Agent | undefined;
}

/** A request that has been started. */
export interface OpenedRequest {
  /** The caller writes the body to it and ends it. */
  readonly request: ClientRequest;
  /** The response. It may arrive before the whole body has been written. */
  readonly response: Promise<IncomingMessage>;
}

/** Limits the time from the lookup of the host's address to a connection that is ready for writing. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Starts a request on a connection of its own. An abort closes the connection, also while the response is being read. */
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
    // Go's server refuses a request without a `Host` header, but accepts any value.
    headers: { host: hostname === undefined ? 'docker' : hostHeader(hostname, port), ...headers },
    agent: agent ?? newAgent(endpoint),
  };
  const request =
    socketPath === undefined
      ? (tls === undefined ? http : https).request({ ...common, host: hostname, port })
      : http.request({ ...common, socketPath });
  const stopListening = signal === undefined ? undefined : onAbort(signal, () => request.destroy());
  request.once('close', () => stopListening?.());
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    // After an abort there is no `error` event.
    request.once('close', () => {
      reject(systemError('ECONNRESET', 'the connection was closed'));
    });
  });
  response.catch(() => undefined);
  limitConnecting(request, tls !== undefined);
  return { request, response };
}

function hostHeader(hostname: string, port: number | undefined): string {
  const name = hostname.includes(':') ? `[${hostname}]` : hostname;
  return port === undefined ? name : `${name}:${port}`;
}

/** Connections are not kept alive: a new one to a socket costs little, and no idle connection keeps the process running. */
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
      request.destroy(systemError('ETIMEDOUT', reason));
    }, CONNECT_TIMEOUT_MS);
    const clear = (): void => {
      clearTimeout(timer);
    };
    socket.once(secure ? 'secureConnect' : 'connect', clear).once('close', clear);
  });
}

/** An error with a code, as the system reports it. */
function systemError(code: string, message: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message);
  error.code = code;
  return error;
}

import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { NO_CONNECTION, NO_RESPONSE, type Silence, STALLED } from '../wire/network-error.js';

export interface RequestTimeouts {
  /** From asking for the host's address to a connection that can be written to. */
  readonly connectTimeoutMs: number;
  /** From the last byte of the request to the headers of the answer. */
  readonly headersTimeoutMs: number;
  /** Longest time in which the server takes nothing of a body that is being sent. */
  readonly idleTimeoutMs: number;
}

const awaiting = {
  connection: { reason: 'no connection', code: NO_CONNECTION },
  handshake: { reason: 'connected, but no TLS handshake', code: NO_RESPONSE },
  response: { reason: 'connected, but no response', code: NO_RESPONSE },
} as const;

export interface WatchListener {
  /** Called once when a response is late, which need not mean anything yet. */
  readonly onWaiting: (waitedMs: number, limitMs: number) => void;
  /** Called once if the connection, the sending or the response takes too long. */
  readonly onExpired: (reason: string, code: Silence) => void;
}

/** A response that is not there after a third of the time that it has, or after this, is late. */
const LATE_MS = 15_000;

/** Watches the time that a request takes. Returns a function that stops it. */
export function watch(
  request: ClientRequest,
  secure: boolean,
  limits: RequestTimeouts,
  { onWaiting, onExpired }: WatchListener,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const disarm = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  /** What is waited for. */
  let stage: { readonly reason: string; readonly code: Silence } = awaiting.connection;
  const arm = (ms: number, waited = 0): void => {
    disarm();
    timer = setTimeout(() => {
      onExpired(`${stage.reason} within ${waited + ms} ms`, stage.code);
    }, ms);
  };
  const awaitHeaders = (): void => {
    stage = awaiting.response;
    const limit = limits.headersTimeoutMs;
    const late = Math.min(LATE_MS, Math.floor(limit / 3));
    disarm();
    timer = setTimeout(() => {
      arm(limit - late, late);
      onWaiting(late, limit);
    }, late);
  };
  let connected = false;
  const onConnected = (): void => {
    connected = true;
    disarm();
    // A small request may be finished before its connection is there.
    if (request.writableFinished) awaitHeaders();
  };
  const onSocket = (socket: Socket): void => {
    if (!socket.connecting) {
      onConnected();
      return;
    }
    arm(limits.connectTimeoutMs);
    if (secure) socket.once('connect', () => (stage = awaiting.handshake));
    socket.once(secure ? 'secureConnect' : 'connect', onConnected);
  };
  const onFinish = (): void => {
    if (connected) awaitHeaders();
  };
  const onIdle = (): void => {
    // Silence while our own source is slow is not the server's fault.
    if (!request.writableFinished && request.writableLength > 0) {
      onExpired(`the server took nothing of the body for ${limits.idleTimeoutMs} ms`, STALLED);
    }
  };
  const stop = (): void => {
    disarm();
    request.off('timeout', onIdle);
  };
  request.once('socket', onSocket);
  request.once('finish', onFinish);
  request.on('timeout', onIdle);
  request.setTimeout(limits.idleTimeoutMs);
  request.once('response', stop);
  request.once('close', stop);
  return stop;
}

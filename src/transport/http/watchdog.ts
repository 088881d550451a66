import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { NO_CONNECTION, NO_RESPONSE, type TimeoutCode, STALLED } from '../wire/network-error.js';

export interface RequestTimeouts {
  /** Longest time from the DNS lookup to a connection that can be written to. */
  readonly connectTimeoutMs: number;
  /** Longest time from the last byte of the request to the headers of the response. */
  readonly headersTimeoutMs: number;
  /** Longest time in which the server accepts no byte of a body that is being sent. */
  readonly idleTimeoutMs: number;
}

const stages = {
  connection: { reason: 'no connection', code: NO_CONNECTION },
  handshake: { reason: 'connected, but no TLS handshake', code: NO_RESPONSE },
  response: { reason: 'connected, but no response', code: NO_RESPONSE },
} as const;

export interface WatchListener {
  /** Called once when a response is late. It may still arrive. */
  readonly onWaiting: (waitedMs: number, limitMs: number) => void;
  /** Called once if the connection, the sending or the response takes too long. */
  readonly onExpired: (reason: string, code: TimeoutCode) => void;
}

/** A response is late after this time, or after a third of the time limit if that is shorter. */
const LATE_MS = 15_000;

/** Limits the time that a request takes until the headers of the response. Returns a function that ends the watch. */
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
  /** The stage that the request is in. */
  let stage: { readonly reason: string; readonly code: TimeoutCode } = stages.connection;
  const arm = (ms: number, waited = 0): void => {
    disarm();
    timer = setTimeout(() => {
      onExpired(`${stage.reason} within ${waited + ms} ms`, stage.code);
    }, ms);
  };
  const awaitHeaders = (): void => {
    stage = stages.response;
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
    // A small request may be finished before its connection is open.
    if (request.writableFinished) awaitHeaders();
  };
  const onSocket = (socket: Socket): void => {
    if (!socket.connecting) {
      onConnected();
      return;
    }
    arm(limits.connectTimeoutMs);
    if (secure) socket.once('connect', () => (stage = stages.handshake));
    socket.once(secure ? 'secureConnect' : 'connect', onConnected);
  };
  const onFinish = (): void => {
    if (connected) awaitHeaders();
  };
  const onIdle = (): void => {
    // If nothing is waiting to be sent, our own source is slow, which is not the fault of the server.
    if (!request.writableFinished && request.writableLength > 0) {
      onExpired(`the server accepted no byte of the body for ${limits.idleTimeoutMs} ms`, STALLED);
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

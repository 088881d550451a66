import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import type { HangUp } from '../server/response.js';
import type { ProxiedExchange } from './fault-plan.js';
import { pump } from './pump.js';
import type { RequestReader } from '../server/recorded-request.js';
import { hangUp, sendResponse } from '../server/send-response.js';
import type { Toxic } from './toxic.js';
import { endToEndHeaders, type Upstream } from '../server/upstream.js';

/** An exchange that is in progress; its counts still change. */
export type OpenExchange = { -readonly [K in keyof ProxiedExchange]: ProxiedExchange[K] };

/** One exchange that a proxy relays. */
export interface RelayJob {
  readonly upstream: Upstream;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly reader: RequestReader;
  readonly exchange: OpenExchange;
  readonly up: readonly Toxic[];
  readonly down: readonly Toxic[];
  /** Aborts when the proxy closes. */
  readonly closed: AbortSignal;
  readonly proxyUrl: string;
}

/** Forwards a request to the target and the response to the client, with the faults of the exchange. */
export async function relay(job: RelayJob): Promise<void> {
  const { upstream, message, response, reader, exchange, closed } = job;
  const { fault } = exchange;
  if (fault?.response !== undefined && fault.afterForwarding !== true) {
    await sendSubstitute(job);
    return;
  }
  const request = upstream.open(message);
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
    request.destroy();
  };
  response.once('close', end);
  closed.addEventListener('abort', end, { once: true });
  try {
    const responded = responseTo(request);
    request.flushHeaders();
    await untilConnected(request);
    const sending = pump(reader.chunks(), request, {
      toxics: job.up,
      length: announcedLength(message),
      ended: ended.signal,
      onBytes: (count) => (exchange.requestBytes += count),
    });
    // The target may respond before it has read the whole body.
    const cut = await Promise.race([sending, responded.then(() => undefined)]);
    if (cut !== undefined) {
      await hangUpBothSides(job, request, cut);
      return;
    }
    sending.catch(() => undefined);
    await relayResponse(job, request, await responded, ended.signal);
  } finally {
    closed.removeEventListener('abort', end);
  }
}

async function relayResponse(
  job: RelayJob,
  request: ClientRequest,
  incoming: IncomingMessage | undefined,
  ended: AbortSignal,
): Promise<void> {
  const { response, exchange } = job;
  if (incoming === undefined) {
    response.destroy();
    return;
  }
  if (exchange.fault?.response !== undefined) {
    await finished(incoming.resume());
    await sendSubstitute(job);
    return;
  }
  exchange.status = incoming.statusCode;
  response.writeHead(incoming.statusCode ?? 502, rewriteHeaders(incoming, job));
  response.flushHeaders();
  const cut = await pump(incoming, response, {
    toxics: job.down,
    length: announcedLength(incoming),
    ended,
    onBytes: (count) => (exchange.responseBytes += count),
  });
  if (cut !== undefined) await hangUpBothSides(job, request, cut);
}

async function sendSubstitute({ reader, response, exchange, closed }: RelayJob): Promise<void> {
  const substitute = exchange.fault?.response ?? {};
  const silent =
    substitute.hangUp !== undefined || substitute.stallAfter === -1 || substitute.raw !== undefined;
  if (!silent) exchange.status = substitute.status ?? 200;
  await sendResponse(substitute, reader, response, closed);
}

async function hangUpBothSides({ response }: RelayJob, request: ClientRequest, by: HangUp): Promise<void> {
  const clientSocket = response.socket;
  // The target must receive every byte that was forwarded, so its connection is not reset.
  if (request.socket !== null) await hangUp(request.socket, 'fin');
  request.destroy();
  if (clientSocket !== null) await hangUp(clientSocket, by);
}

/** Resolves when the connection to the target is ready for writing, or has failed. */
async function untilConnected(request: ClientRequest): Promise<void> {
  const socket = await new Promise<Socket | undefined>((resolve) => {
    request.once('socket', resolve);
    request.once('close', () => {
      resolve(undefined);
    });
  });
  if (socket?.connecting !== true) return;
  await new Promise<void>((resolve) => {
    for (const event of ['connect', 'close']) socket.once(event, resolve);
  });
}

/** The response of the target; undefined if its connection ends first. */
async function responseTo(request: ClientRequest): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    request.once('response', resolve);
    request.on('error', () => {
      resolve(undefined);
    });
    request.once('close', () => {
      resolve(undefined);
    });
  });
}

/** Headers in which a registry sends URLs that the client follows. */
const URL_HEADERS = new Set(['location', 'link', 'www-authenticate']);

function rewriteHeaders(incoming: IncomingMessage, { upstream, proxyUrl }: RelayJob): string[] {
  return endToEndHeaders(incoming).flatMap(([name, value]) => [
    name,
    URL_HEADERS.has(name.toLowerCase()) ? value.replaceAll(upstream.url.origin, proxyUrl) : value,
  ]);
}

function announcedLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

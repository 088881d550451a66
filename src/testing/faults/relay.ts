import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import type { HangUp } from '../server/response.js';
import type { ProxiedExchange } from './fault-plan.js';
import { pump } from './pump.js';
import type { Intake } from '../server/recorded-request.js';
import { hangUp, sendResponse } from '../server/send-response.js';
import type { Toxic } from './toxic.js';
import { endToEnd, type Upstream } from '../server/upstream.js';

/** An exchange that is still going on. */
export type OpenExchange = { -readonly [K in keyof ProxiedExchange]: ProxiedExchange[K] };

export interface Relay {
  readonly upstream: Upstream;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly intake: Intake;
  readonly exchange: OpenExchange;
  readonly up: readonly Toxic[];
  readonly down: readonly Toxic[];
  readonly closed: AbortSignal;
  /** The proxy's own URL. */
  readonly self: string;
}

/** Carries a request to the target and the answer back, with what is to be done to them. */
export async function relay(job: Relay): Promise<void> {
  const { upstream, message, response, intake, exchange, closed } = job;
  const { fault } = exchange;
  if (fault?.response !== undefined && fault.afterForwarding !== true) {
    await substitute(job);
    return;
  }
  const request = upstream.open(message);
  const over = new AbortController();
  const end = (): void => {
    over.abort();
    request.destroy();
  };
  response.once('close', end);
  closed.addEventListener('abort', end, { once: true });
  try {
    const responded = responseTo(request);
    request.flushHeaders();
    await connected(request);
    const sending = pump(intake.chunks(), request, {
      toxics: job.up,
      length: announced(message),
      over: over.signal,
      onBytes: (count) => (exchange.requestBytes += count),
    });
    // The target may answer before it has read everything.
    const cut = await Promise.race([sending, responded.then(() => undefined)]);
    if (cut !== undefined) {
      await hangUpBoth(job, request, cut);
      return;
    }
    sending.catch(() => undefined);
    await answer(job, request, await responded, over.signal);
  } finally {
    closed.removeEventListener('abort', end);
  }
}

async function answer(
  job: Relay,
  request: ClientRequest,
  incoming: IncomingMessage | undefined,
  over: AbortSignal,
): Promise<void> {
  const { response, exchange } = job;
  if (incoming === undefined) {
    response.destroy();
    return;
  }
  if (exchange.fault?.response !== undefined) {
    await finished(incoming.resume());
    await substitute(job);
    return;
  }
  exchange.status = incoming.statusCode;
  response.writeHead(incoming.statusCode ?? 502, rewritten(incoming, job));
  response.flushHeaders();
  const cut = await pump(incoming, response, {
    toxics: job.down,
    length: announced(incoming),
    over,
    onBytes: (count) => (exchange.responseBytes += count),
  });
  if (cut !== undefined) await hangUpBoth(job, request, cut);
}

async function substitute({ intake, response, exchange, closed }: Relay): Promise<void> {
  const instead = exchange.fault?.response ?? {};
  const silent = instead.hangUp !== undefined || instead.stallAfter === -1 || instead.raw !== undefined;
  if (!silent) exchange.status = instead.status ?? 200;
  await sendResponse(instead, intake, response, closed);
}

async function hangUpBoth({ response }: Relay, request: ClientRequest, by: HangUp): Promise<void> {
  const near = response.socket;
  // An orderly end: the target has to see every byte that was passed on.
  if (request.socket !== null) await hangUp(request.socket, 'fin');
  request.destroy();
  if (near !== null) await hangUp(near, by);
}

/** Resolves when the target can be written to, or never will. */
async function connected(request: ClientRequest): Promise<void> {
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

/** The answer; undefined if the target breaks off. */
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

const SERVER_CHOSEN = new Set(['location', 'link', 'www-authenticate']);

function rewritten(incoming: IncomingMessage, { upstream, self }: Relay): string[] {
  return endToEnd(incoming).flatMap(([name, value]) => [
    name,
    SERVER_CHOSEN.has(name.toLowerCase()) ? value.replaceAll(upstream.url.origin, self) : value,
  ]);
}

function announced({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

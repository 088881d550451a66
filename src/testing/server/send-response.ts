import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ScriptedResponse, ScriptedBody, HangUp } from './response.js';
import { drained } from './drained.js';
import { pause } from './pause.js';
import type { Intake } from './recorded-request.js';

/** Answers a request as the script says, faults included. */
export async function sendResponse(
  answer: ScriptedResponse,
  intake: Intake,
  response: ServerResponse,
  closed: AbortSignal,
): Promise<void> {
  const { socket } = response;
  if (socket === null) return;
  await intake.received(answer.readRequest);
  if (answer.delayMs !== undefined) await pause(answer.delayMs, closed);
  if (answer.hangUp !== undefined) return hangUp(socket, answer.hangUp);
  if (answer.stallAfter === -1) return;
  if (answer.raw !== undefined) {
    socket.end(answer.raw);
    return;
  }
  response.writeHead(answer.status ?? 200, headersOf(answer));
  response.flushHeaders();
  if (answer.body === undefined && answer.cut === undefined && answer.stallAfter === undefined) {
    response.end();
    return;
  }
  await sendBody(answer, response, closed);
}

/** Ends a connection; what was written before still arrives. */
export async function hangUp(socket: Socket, by: HangUp): Promise<void> {
  // An RST overtakes what is still waiting to be sent.
  if (socket.writableLength > 0) await new Promise((resolve) => socket.write('', resolve));
  await setImmediate();
  if (by === 'fin') socket.destroy();
  else socket.resetAndDestroy();
}

function headersOf({ headers = {}, body = '' }: ScriptedResponse): Record<string, string | string[]> {
  const length = typeof body === 'function' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const wanted = Object.entries<string | readonly string[] | null>({ ...length, ...headers });
  return Object.fromEntries(
    wanted.flatMap(([name, value]) =>
      value === null ? [] : [[name, typeof value === 'string' ? value : [...value]] as const],
    ),
  );
}

async function sendBody(
  answer: ScriptedResponse,
  response: ServerResponse,
  closed: AbortSignal,
): Promise<void> {
  const { cut, stallAfter, drip } = answer;
  const end = Math.min(cut?.after ?? Infinity, stallAfter ?? Infinity);
  let sent = 0;
  for await (const whole of chunksOf(answer.body)) {
    const chunk = whole.subarray(0, end - sent);
    for (const piece of drip === undefined ? [chunk] : piecesOf(chunk, drip.bytes)) {
      if (drip !== undefined && sent > 0) await pause(drip.everyMs, closed);
      sent += piece.length;
      if (!response.write(piece)) await drained(response);
      if (response.destroyed || closed.aborted) return;
    }
    if (sent >= end) break;
  }
  const { socket } = response;
  if (cut !== undefined && socket !== null && sent >= cut.after) return hangUp(socket, cut.by ?? 'fin');
  if (stallAfter === undefined || sent < stallAfter) response.end();
}

async function* chunksOf(body: ScriptedBody = ''): AsyncGenerator<Buffer, void> {
  if (typeof body !== 'function') {
    yield Buffer.from(body);
    return;
  }
  for await (const chunk of body()) yield Buffer.from(chunk);
}

function* piecesOf(chunk: Buffer, bytes: number): Generator<Buffer, void> {
  for (let at = 0; at < chunk.length; at += bytes) yield chunk.subarray(at, at + bytes);
}

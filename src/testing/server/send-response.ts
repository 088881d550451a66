import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ScriptedResponse, ScriptedBody, HangUp } from './response.js';
import { drained } from './drained.js';
import { pause } from './pause.js';
import type { RequestReader } from './recorded-request.js';

/** Sends a scripted response, with its faults. */
export async function sendResponse(
  scripted: ScriptedResponse,
  reader: RequestReader,
  response: ServerResponse,
  closed: AbortSignal,
): Promise<void> {
  const { socket } = response;
  if (socket === null) return;
  await reader.received(scripted.readRequest);
  if (scripted.delayMs !== undefined) await pause(scripted.delayMs, closed);
  if (scripted.hangUp !== undefined) return hangUp(socket, scripted.hangUp);
  if (scripted.stallAfter === -1) return;
  if (scripted.raw !== undefined) {
    socket.end(scripted.raw);
    return;
  }
  response.writeHead(scripted.status ?? 200, headersToSend(scripted));
  response.flushHeaders();
  if (scripted.body === undefined && scripted.cut === undefined && scripted.stallAfter === undefined) {
    response.end();
    return;
  }
  await sendBody(scripted, response, closed);
}

/** Ends a connection after everything that was written to it has been handed to the system. */
export async function hangUp(socket: Socket, by: HangUp): Promise<void> {
  // A reset discards data that is still waiting to be sent.
  if (socket.writableLength > 0) await new Promise((resolve) => socket.write('', resolve));
  await setImmediate();
  if (by === 'fin') socket.destroy();
  else socket.resetAndDestroy();
}

function headersToSend({ headers = {}, body = '' }: ScriptedResponse): Record<string, string | string[]> {
  const length = typeof body === 'function' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const entries = Object.entries<string | readonly string[] | null>({ ...length, ...headers });
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      value === null ? [] : [[name, typeof value === 'string' ? value : [...value]] as const],
    ),
  );
}

async function sendBody(
  scripted: ScriptedResponse,
  response: ServerResponse,
  closed: AbortSignal,
): Promise<void> {
  const { cut, stallAfter, drip } = scripted;
  const end = Math.min(cut?.after ?? Infinity, stallAfter ?? Infinity);
  let sent = 0;
  for await (const content of chunksOf(scripted.body)) {
    const chunk = content.subarray(0, end - sent);
    for (const piece of drip === undefined ? [chunk] : splitChunk(chunk, drip.bytes)) {
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

function* splitChunk(chunk: Buffer, bytes: number): Generator<Buffer, void> {
  for (let at = 0; at < chunk.length; at += bytes) yield chunk.subarray(at, at + bytes);
}

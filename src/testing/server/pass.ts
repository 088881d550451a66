import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ScriptedResponse } from './response.js';
import { drained } from './drained.js';
import type { Intake } from './recorded-request.js';
import { endToEnd, type Upstream } from './upstream.js';

/** Hands a request on and its answer back; where one side breaks, so does the other. */
export async function passThrough(
  upstream: Upstream,
  message: IncomingMessage,
  intake: Intake,
  response: ServerResponse,
): Promise<void> {
  const answer = await ask(upstream, message, intake);
  response.once('close', () => answer.destroy());
  response.writeHead(answer.statusCode ?? 502, endToEnd(answer).flat());
  response.flushHeaders();
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

/** The answer of the server behind as one that can be sent, its body in memory. */
export async function responseOf(
  upstream: Upstream,
  message: IncomingMessage,
  intake: Intake,
): Promise<ScriptedResponse> {
  const response = await ask(upstream, message, intake);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = new Map<string, string[]>();
  for (const [name, value] of endToEnd(response)) {
    const key = name.toLowerCase();
    if (key !== 'transfer-encoding') headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  const single = [...headers].map(
    ([name, values]) => [name, values.length === 1 ? values[0] : values] as const,
  );
  return {
    status: response.statusCode,
    headers: Object.fromEntries(single) as ScriptedResponse['headers'],
    body: Buffer.concat(chunks),
  };
}

async function ask(upstream: Upstream, message: IncomingMessage, intake: Intake): Promise<IncomingMessage> {
  const request = upstream.open(message);
  message.once('close', () => {
    if (!message.complete) request.destroy();
  });
  // The server may answer before it has read everything: then what is left is of no interest.
  const responded = once(request, 'response') as Promise<[IncomingMessage]>;
  responded.catch(() => undefined);
  request.on('error', () => undefined);
  for await (const chunk of intake.chunks()) {
    if (request.destroyed) break;
    if (!request.write(chunk)) await drained(request);
  }
  request.end();
  const [response] = await responded;
  return response;
}

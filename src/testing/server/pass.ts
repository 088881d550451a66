import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './response.js';
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
export async function answerOf(
  upstream: Upstream,
  message: IncomingMessage,
  intake: Intake,
): Promise<Answer> {
  const answer = await ask(upstream, message, intake);
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = new Map<string, string[]>();
  for (const [name, value] of endToEnd(answer)) {
    const key = name.toLowerCase();
    if (key !== 'transfer-encoding') headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  const single = [...headers].map(
    ([name, values]) => [name, values.length === 1 ? values[0] : values] as const,
  );
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(single) as Answer['headers'],
    body: Buffer.concat(chunks),
  };
}

async function ask(upstream: Upstream, message: IncomingMessage, intake: Intake): Promise<IncomingMessage> {
  const request = upstream.open(message);
  message.once('close', () => {
    if (!message.complete) request.destroy();
  });
  // The server may answer before it has read everything: then what is left is of no interest.
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => undefined);
  request.on('error', () => undefined);
  for await (const chunk of intake.chunks()) {
    if (request.destroyed) break;
    if (!request.write(chunk)) await drained(request);
  }
  request.end();
  const [answer] = await answered;
  return answer;
}

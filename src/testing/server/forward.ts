import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ScriptedResponse } from './response.js';
import { drained } from './drained.js';
import type { RequestReader } from './recorded-request.js';
import { endToEndHeaders, type Upstream } from './upstream.js';

/** Forwards a request, and sends the response back as it arrives. If one connection fails, the other is closed. */
export async function passThrough(
  upstream: Upstream,
  message: IncomingMessage,
  reader: RequestReader,
  response: ServerResponse,
): Promise<void> {
  const upstreamResponse = await forward(upstream, message, reader);
  response.once('close', () => upstreamResponse.destroy());
  response.writeHead(upstreamResponse.statusCode ?? 502, endToEndHeaders(upstreamResponse).flat());
  response.flushHeaders();
  for await (const chunk of upstreamResponse as AsyncIterable<Buffer>) {
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

/** Forwards a request and returns the response in the form that {@link sendResponse} takes. Its body is held in memory. */
export async function responseOf(
  upstream: Upstream,
  message: IncomingMessage,
  reader: RequestReader,
): Promise<ScriptedResponse> {
  const response = await forward(upstream, message, reader);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = new Map<string, string[]>();
  for (const [name, value] of endToEndHeaders(response)) {
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

async function forward(
  upstream: Upstream,
  message: IncomingMessage,
  reader: RequestReader,
): Promise<IncomingMessage> {
  const request = upstream.open(message);
  message.once('close', () => {
    if (!message.complete) request.destroy();
  });
  // The server may respond before it has read the whole body. The rest of the body does not matter then.
  const responded = once(request, 'response') as Promise<[IncomingMessage]>;
  responded.catch(() => undefined);
  request.on('error', () => undefined);
  for await (const chunk of reader.chunks()) {
    if (request.destroyed) break;
    if (!request.write(chunk)) await drained(request);
  }
  request.end();
  const [response] = await responded;
  return response;
}

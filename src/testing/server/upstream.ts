import http, { type ClientRequest, type IncomingMessage, type RequestListener } from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { listenHttp } from './listening.js';

/** The server that requests are handed to. */
export interface Upstream {
  readonly url: URL;
  /** Opens the same request there; its body is for the caller to send. */
  open(message: IncomingMessage): ClientRequest;
  close(): Promise<void>;
}

/** A server by its URL, a listener of `node:http`, or whatever tells its URL. */
export type Target = string | URL | RequestListener | { readonly url: string };

export interface UpstreamOptions {
  /** Sends the `Host` that the client sent. @default false: the one of the target */
  readonly keepHost?: boolean | undefined;
  /** Certificates in PEM that the target's certificate is checked with. */
  readonly ca?: string | undefined;
}

/** Connections end with the message that they end for: they are not shared between two of them. */
const ONE_BY_ONE = { connection: 'close' };
const HOP = new Set(['connection', 'keep-alive', 'proxy-connection']);

export async function openUpstream(target: Target, options: UpstreamOptions = {}): Promise<Upstream> {
  if (typeof target !== 'function') {
    const text = typeof target === 'string' || target instanceof URL ? target : target.url;
    return upstreamAt(new URL(text), options, async () => Promise.resolve());
  }
  const server = await listenHttp(async (request, response) => {
    target(request, response);
    await once(response, 'close');
  });
  return upstreamAt(new URL(server.url), options, async () => server.close());
}

function upstreamAt(
  url: URL,
  { keepHost = false, ca }: UpstreamOptions,
  close: () => Promise<void>,
): Upstream {
  const secure = url.protocol === 'https:';
  return {
    url,
    open: (message) => {
      const headers = { ...message.headers, ...ONE_BY_ONE, ...(keepHost ? {} : { host: url.host }) };
      const where = {
        method: message.method,
        path: message.url,
        headers,
        agent: false,
        maxHeaderSize: MAX_HEADERS,
      };
      return secure
        ? https.request(url, { ...where, ...(ca !== undefined && { ca }) })
        : http.request(url, where);
    },
    close,
  };
}

const MAX_HEADERS = 1024 * 1024;

/** The headers of an answer as they go on to the client, in their order. */
export function endToEnd(message: IncomingMessage): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const name = message.rawHeaders[at] ?? '';
    if (!HOP.has(name.toLowerCase())) pairs.push([name, message.rawHeaders[at + 1] ?? '']);
  }
  return pairs;
}

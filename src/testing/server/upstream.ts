import http, { type ClientRequest, type IncomingMessage, type RequestListener } from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { listenHttp } from './loopback-server.js';

/** The server to which a proxy forwards requests. */
export interface Upstream {
  readonly url: URL;
  /** Opens a request with the same method, path and headers. The caller sends the body. */
  open(message: IncomingMessage): ClientRequest;
  /** Stops the server if this object started it. */
  close(): Promise<void>;
}

/** The server behind a proxy or a script: a URL, a running server that has a `url`, or a listener of `node:http`. */
export type UpstreamTarget = string | URL | RequestListener | { readonly url: string };

/** How the server behind is called. */
export interface UpstreamOptions {
  /** Forwards the `Host` header of the client. @default false: sends the host of the target */
  readonly keepHost?: boolean | undefined;
  /** PEM certificates of the authorities that may have signed the target's certificate. @default those of Node */
  readonly ca?: string | undefined;
}

/** Each request has a connection of its own, so that a fault on one connection affects only one request. */
const NO_KEEP_ALIVE = { connection: 'close' };
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection']);

/** Prepares to forward requests to a target. Starts a server if the target is a listener of `node:http`. */
export async function openUpstream(target: UpstreamTarget, options: UpstreamOptions = {}): Promise<Upstream> {
  if (typeof target !== 'function') {
    const text = typeof target === 'string' || target instanceof URL ? target : target.url;
    return upstreamAt(new URL(text), options, async () => undefined);
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
      const headers = { ...message.headers, ...NO_KEEP_ALIVE, ...(keepHost ? {} : { host: url.host }) };
      const requestOptions = {
        method: message.method,
        path: message.url,
        headers,
        agent: false,
        maxHeaderSize: MAX_HEADER_BYTES,
      };
      return secure
        ? https.request(url, { ...requestOptions, ...(ca !== undefined && { ca }) })
        : http.request(url, requestOptions);
    },
    close,
  };
}

const MAX_HEADER_BYTES = 1024 * 1024;

/** The headers of a response that a proxy forwards, in their order: all but those of the connection itself. */
export function endToEndHeaders(message: IncomingMessage): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const name = message.rawHeaders[at] ?? '';
    if (!HOP_BY_HOP.has(name.toLowerCase())) pairs.push([name, message.rawHeaders[at + 1] ?? '']);
  }
  return pairs;
}

import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { AuthError } from '../../errors/service/auth.js';
import { TransportError } from '../../errors/service/transport.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import type { Proxy } from './proxy.js';
import { hostOf, portOf } from '../guard/endpoint.js';
import { proxyError } from '../wire/network-error.js';
import type { TlsSettings } from './tls.js';

/** The server at the end of a tunnel. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number | string;
  readonly servername: string;
  readonly tls: TlsSettings;
}

/**
 * Opens a TLS connection to a target through an HTTP proxy: CONNECT, then the handshake inside the tunnel. The target
 * never sees the credentials of the proxy.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export async function openTunnel(proxy: Proxy, target: TunnelTarget, timeoutMs: number): Promise<Socket> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const plain = await connectThrough(proxy, target, deadline);
  return new Promise((resolve, reject) => {
    const secure = tls.connect({
      socket: plain,
      servername: target.servername,
      secureContext: target.tls.secureContext,
      rejectUnauthorized: target.tls.rejectUnauthorized,
      host: target.host,
      ALPNProtocols: ['http/1.1'],
    });
    ignoreLateErrors(secure);
    const fail = (error: Error): void => {
      secure.destroy();
      plain.destroy();
      reject(error);
    };
    const expire = (): void => {
      fail(proxyError(tunnelTimeout(), proxy.url));
    };
    deadline.addEventListener('abort', expire, { once: true });
    secure.once('error', fail);
    secure.once('secureConnect', () => {
      secure.off('error', fail);
      deadline.removeEventListener('abort', expire);
      resolve(secure);
    });
  });
}

function connectThrough(proxy: Proxy, target: TunnelTarget, signal: AbortSignal): Promise<Socket> {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.url.protocol === 'https:' ? https : http).request({
      method: 'CONNECT',
      host: hostOf(proxy.url),
      port: portOf(proxy.url),
      path: authority,
      agent: false,
      signal,
      headers: {
        host: authority,
        ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
      },
    });
    request.once('error', (error) => {
      reject(proxyError(signal.aborted ? tunnelTimeout() : error, proxy.url));
    });
    request.once('connect', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      if (response.statusCode === 200 && head.length === 0) {
        resolve(ignoreLateErrors(socket));
        return;
      }
      socket.destroy();
      reject(proxyRefusal(response.statusCode ?? 0, proxy));
    });
    // Some proxies send a refusal as a response to a usual request, so `connect` is not emitted.
    request.once('response', (response) => {
      response.destroy();
      reject(proxyRefusal(response.statusCode ?? 0, proxy));
    });
    request.end();
  });
}

const tunnelTimeout = (): NodeJS.ErrnoException => {
  const error: NodeJS.ErrnoException = new Error('no connection through the proxy in time');
  error.code = 'ETIMEDOUT';
  return error;
};

/** The error for a proxy that refuses a connection. */
export function proxyRefusal(status: number, { url }: Proxy): Error {
  if (status === 407) {
    return new AuthError(`the proxy ${url.host} asks for credentials`, {
      hint: 'put the credentials into the proxy URL: http://user:password@proxy:3128',
    });
  }
  return new TransportError(`the proxy ${url.host} refused the connection with status ${status}`, {
    status,
    temporary: status === 502 || status === 503 || status === 504,
  });
}

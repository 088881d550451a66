import { afterEach } from '@jest/globals';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';

/** A server on loopback, closed with all its connections after the test. */
export interface TestServer {
  /** Such as `http://127.0.0.1:41234`, without a path. */
  readonly origin: string;
  /** Host and port. */
  readonly host: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  /** The server of Node, for its other events. */
  readonly emitter: Server;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** Any address of 127.0.0.0/8, each of which is another host. @default 127.0.0.1 */
  readonly address?: string;
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
}

/** Starts servers that do not outlive the test. */
export function useServers(): {
  http(handler: RequestListener, options?: ListenOptions): Promise<TestServer>;
  /** For responses that node:http refuses to send. */
  raw(handler: (socket: Socket) => void, options?: ListenOptions): Promise<TestServer>;
} {
  const running: TestServer[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.close()));
  });
  const start = async (server: Server, scheme: string, address = '127.0.0.1'): Promise<TestServer> => {
    const started = await listen(server, scheme, address);
    running.push(started);
    return started;
  };
  return {
    http: async (handler, { address, tls } = {}) =>
      start(
        tls === undefined
          ? http.createServer(handler)
          : https.createServer({ ...tls, requestCert: tls.ca !== undefined }, handler),
        tls === undefined ? 'http' : 'https',
        address,
      ),
    raw: async (handler, { address } = {}) => start(net.createServer(handler), 'http', address),
  };
}

async function listen(server: Server, scheme: string, address: string): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${scheme}://${address}:${port}`,
    host: `${address}:${port}`,
    port,
    connections: () => accepted,
    open: () => sockets.size,
    emitter: server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Reads a request's body to its end. */
export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Responds with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

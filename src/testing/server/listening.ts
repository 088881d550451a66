import { setMaxListeners } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';

/** A server on loopback. */
export interface Listening {
  /** Such as `http://127.0.0.1:41234`, without a path. */
  readonly url: string;
  /** Host and port as they stand in references. */
  readonly host: string;
  readonly port: number;
  /** Connections that are open now. */
  openConnections(): number;
  /** Ends every connection, pending answers included. Idempotent. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** On Linux every address of 127.0.0.0/8 is a host of its own. @default '127.0.0.1' */
  readonly address?: string | undefined;
  /** Certificate and key in PEM; without them the server speaks plain http. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** What the handlers of a server share. */
export interface Lifetime {
  /** Aborted when the server closes. */
  readonly closed: AbortSignal;
}

export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  context: Lifetime & { readonly connection: number },
) => Promise<void>;

const SERVER_OPTIONS = {
  maxHeaderSize: 1024 * 1024,
  requestTimeout: 0,
  keepAliveTimeout: 95_000,
  noDelay: true,
};

/** Starts an HTTP server; what a handler throws ends its connection. */
export async function listenHttp(handler: HttpHandler, options: ListenOptions = {}): Promise<Listening> {
  const { tls } = options;
  const numbers = new WeakMap<Socket, number>();
  let connections = 0;
  const over = new AbortController();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const known = numbers.get(socket) ?? (connections += 1);
    numbers.set(socket, known);
    // A client that goes away is part of the game.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    handler(request, response, { closed: over.signal, connection: known }).catch(() => {
      socket.destroy();
    });
  };
  const server =
    tls === undefined
      ? http.createServer(SERVER_OPTIONS, listener)
      : https.createServer({ ...SERVER_OPTIONS, ...tls }, listener);
  return listen(server, tls === undefined ? 'http' : 'https', over, options);
}

/** Starts a server of plain connections. */
export async function listenTcp(
  handler: (socket: Socket, lifetime: Lifetime) => void,
  options: Pick<ListenOptions, 'address'> = {},
): Promise<Listening> {
  const over = new AbortController();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    handler(socket, { closed: over.signal });
  });
  return listen(server, 'http', over, options);
}

async function listen(
  server: Server,
  scheme: string,
  over: AbortController,
  { address = '127.0.0.1' }: ListenOptions,
): Promise<Listening> {
  // Every exchange may wait for it.
  setMaxListeners(0, over.signal);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  // A server that listens on TCP has this kind of address.
  const { port } = server.address() as AddressInfo;
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      over.abort();
      for (const socket of sockets) socket.destroy();
    });
  return {
    url: `${scheme}://${host}`,
    host,
    port,
    openConnections: () => sockets.size,
    close: async () => (closing ??= close()),
  };
}

import { setMaxListeners } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';

/** A running server that listens on a loopback address. */
export interface LoopbackServer {
  /** For example `http://127.0.0.1:41234`; it has no path and no slash at the end. */
  readonly url: string;
  /** Host and port in the form that references use, for example `127.0.0.1:41234`. */
  readonly host: string;
  /** The port, which the system chose. */
  readonly port: number;
  /** The number of connections that are open now. */
  openConnections(): number;
  /** Stops the server and ends every connection, also one with a pending response. Idempotent. */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where a server listens, and how. */
export interface ListenOptions {
  /** The address to listen on. On Linux every address of 127.0.0.0/8 acts as a host of its own. @default '127.0.0.1' */
  readonly address?: string | undefined;
  /** Certificate and key in PEM; without them the server speaks plain http. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** The lifetime of a server, for its handlers. */
export interface ServerLifetime {
  /** Aborted when the server closes. */
  readonly closed: AbortSignal;
}

/** Handles one request. `connection` is the number of the request's connection, from 1. */
export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  context: ServerLifetime & { readonly connection: number },
) => Promise<void>;

const SERVER_OPTIONS = {
  maxHeaderSize: 1024 * 1024,
  requestTimeout: 0,
  keepAliveTimeout: 95_000,
  noDelay: true,
};

/** Starts an HTTP server. If the handler throws, the connection of that request is destroyed. */
export async function listenHttp(handler: HttpHandler, options: ListenOptions = {}): Promise<LoopbackServer> {
  const { tls } = options;
  const connectionNumbers = new WeakMap<Socket, number>();
  let connections = 0;
  const closing = new AbortController();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const connection = connectionNumbers.get(socket) ?? (connections += 1);
    connectionNumbers.set(socket, connection);
    // A client may disconnect at any time.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    handler(request, response, { closed: closing.signal, connection }).catch(() => {
      socket.destroy();
    });
  };
  const server =
    tls === undefined
      ? http.createServer(SERVER_OPTIONS, listener)
      : https.createServer({ ...SERVER_OPTIONS, ...tls }, listener);
  return listen(server, tls === undefined ? 'http' : 'https', closing, options);
}

/** Starts a server that hands each TCP connection to the handler. */
export async function listenTcp(
  handler: (socket: Socket, lifetime: ServerLifetime) => void,
  options: Pick<ListenOptions, 'address'> = {},
): Promise<LoopbackServer> {
  const closing = new AbortController();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    handler(socket, { closed: closing.signal });
  });
  return listen(server, 'http', closing, options);
}

async function listen(
  server: Server,
  scheme: string,
  lifetime: AbortController,
  { address = '127.0.0.1' }: ListenOptions,
): Promise<LoopbackServer> {
  // Every exchange may add a listener, and there is no limit to their number.
  setMaxListeners(0, lifetime.signal);
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
  // `address()` returns an `AddressInfo` for every server that listens on TCP.
  const { port } = server.address() as AddressInfo;
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      lifetime.abort();
      for (const socket of sockets) socket.destroy();
    });
  const loopbackServer: LoopbackServer = {
    url: `${scheme}://${host}`,
    host,
    port,
    openConnections: () => sockets.size,
    close: async () => (closing ??= close()),
    async [Symbol.asyncDispose]() {
      // `this`, because proxies and registries replace `close` in a copy of this object.
      await this.close();
    },
  };
  return loopbackServer;
}

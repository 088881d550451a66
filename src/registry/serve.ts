import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { ListenError } from '../errors/service/listen.js';
import { closeStores, openStores } from './store/open-stores.js';
import type { RegistryOptions } from './http/options.js';
import { newRegistry } from './registry.js';

/** The options of a registry and of its server. Times are in milliseconds. */
export interface ServeOptions extends RegistryOptions {
  /** The port to listen on. @default a free port */
  readonly port?: number | undefined;
  /** The address to listen on. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** Certificate and private key as PEM text. @default none: the registry speaks plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** A connection without traffic is closed after this time. @default 5 minutes */
  readonly idleTimeoutMs?: number | undefined;
  /** The headers of a request must arrive within this time. @default one minute */
  readonly headersTimeoutMs?: number | undefined;
  /** The time that requests in progress have to finish when the server closes. @default 5 seconds */
  readonly closeGraceMs?: number | undefined;
}

/** A running registry. */
export interface RegistryServer {
  /** The URL without a path, for example `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Host and port in the form that references use, for example `127.0.0.1:5000`. */
  readonly host: string;
  /** The port on which the server listens. */
  readonly port: number;
  /** Waits `closeGraceMs` for requests in progress, then closes all connections and the stores. Idempotent. */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const SERVER_OPTIONS = {
  // Large enough for tokens and for a `Link` of a long list of tags.
  maxHeaderSize: 32 * 1024,
  // An upload may take any time while data arrives. The idle timeout ends a silent connection.
  requestTimeout: 0,
  // Longer than clients keep idle connections, so that the server does not close one that a client is about to use.
  keepAliveTimeout: 95_000,
  insecureHTTPParser: false,
  highWaterMark: 512 * 1024,
  noDelay: true,
};

/**
 * Starts a registry on a server of its own.
 *
 * @throws ListenError if the server cannot listen on the address and port.
 * @throws InUseError if another process uses the directory of the store.
 */
export async function serve(options: ServeOptions = {}): Promise<RegistryServer> {
  const {
    port = 0,
    host = '127.0.0.1',
    tls,
    idleTimeoutMs = 300_000,
    headersTimeoutMs = 60_000,
    closeGraceMs = 5_000,
    ...registryOptions
  } = options;
  const registry = newRegistry(registryOptions);
  const serverOptions = {
    ...SERVER_OPTIONS,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(30_000, headersTimeoutMs),
  };
  const server =
    tls === undefined
      ? createServer(serverOptions, registry)
      : createTlsServer({ ...serverOptions, cert: tls.cert, key: tls.key }, registry);
  server.setTimeout(idleTimeoutMs);
  const stores = { blobs: registryOptions.blobHandler, manifests: registryOptions.manifests };
  await openStores(stores);
  try {
    await listen(server, port, host);
  } catch (error) {
    await closeStores(stores);
    throw error;
  }
  // `address()` returns an `AddressInfo` for every server that listens on TCP.
  const boundAddress = server.address() as AddressInfo;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${boundAddress.port}`;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
    server.closeIdleConnections();
    const grace = setTimeout(() => {
      server.closeAllConnections();
    }, closeGraceMs);
    await closed;
    clearTimeout(grace);
    await registry.close();
  };
  const closeOnce = async (): Promise<void> => (closing ??= close());
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${authority}`,
    host: authority,
    port: boundAddress.port,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const hint =
        cause.code === 'EADDRINUSE' ? 'choose another port, or omit `port` to use a free one' : undefined;
      reject(new ListenError(`${host}:${port}`, cause, hint));
    });
    server.listen(port, host, resolve);
  });
}

import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { ListenError } from '../errors/service/listen.js';
import { closeStores, openStores } from './store/open-stores.js';
import type { RegistryOptions } from './http/options.js';
import { newRegistry } from './registry.js';

export interface ServeOptions extends RegistryOptions {
  /** @default a free port */
  readonly port?: number | undefined;
  /** The address to bind to. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** Certificate and key in PEM; without them the registry speaks plain http. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** A connection without traffic for so long is closed. @default 5 minutes */
  readonly idleTimeoutMs?: number | undefined;
  /** The headers of a request must have come after so long. @default one minute */
  readonly headersTimeoutMs?: number | undefined;
  /** Requests in progress may take so long to finish once the server closes. @default 5 seconds */
  readonly closeGraceMs?: number | undefined;
}

/** A registry that listens. */
export interface RegistryServer {
  /** Such as `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Host and port as they stand in references, such as `127.0.0.1:5000`. */
  readonly host: string;
  readonly port: number;
  /** Lets requests in progress finish for a moment, then closes every connection. Idempotent. */
  close(): Promise<void>;
}

const SERVER_OPTIONS = {
  // Room for tokens and long lists of tags, not for floods.
  maxHeaderSize: 32 * 1024,
  // An upload may take as long as it moves; silence is cut by the idle timeout.
  requestTimeout: 0,
  // Longer than clients keep their connections, so that it is not the server who closes under a request.
  keepAliveTimeout: 95_000,
  insecureHTTPParser: false,
  highWaterMark: 512 * 1024,
  noDelay: true,
};

/**
 * Starts a registry on a server of its own.
 *
 * @throws {@link ListenError} if it cannot listen there.
 * @throws {@link InUseError} if another process has the directory of its store.
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
  // A server that listens on TCP has this kind of address.
  const bound = server.address() as AddressInfo;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${bound.port}`;
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
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${authority}`,
    host: authority,
    port: bound.port,
    close: async () => (closing ??= close()),
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const hint =
        cause.code === 'EADDRINUSE' ? 'choose another port, or none for any that is free' : undefined;
      reject(new ListenError(`${host}:${port}`, cause, hint));
    });
    server.listen(port, host, resolve);
  });
}

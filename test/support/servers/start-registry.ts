import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { RegistryOptions } from '../../../src/registry/http/options.js';
import { newRegistry } from '../../../src/registry/registry.js';

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  /** The `Range` header. */
  readonly range?: string | undefined;
}

export interface StartedRegistry {
  /** Host and port, as in references. */
  readonly host: string;
  readonly url: string;
  /** Every request so far, in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Bytes that were sent so far, on all connections, with headers. */
  readonly bytesSent: number;
  close(): Promise<void>;
}

/** Starts the embedded registry on a free port of 127.0.0.1, in memory unless the options name another store. */
export async function startRegistry(options: RegistryOptions = {}): Promise<StartedRegistry> {
  const registry = newRegistry(options);
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, ...(headers.range !== undefined && { range: headers.range }) });
    registry(request, response);
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    requests,
    get bytesSent() {
      return [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await registry.close();
    },
  };
}

export interface GuardedRegistry extends StartedRegistry {
  /** What the registry was sent in `Authorization`, each value once; `undefined` for requests without it. */
  readonly seen: Set<string | undefined>;
  /** The credentials that the registry accepts. */
  readonly credentials: { readonly username: string; readonly password: string };
}

/** Starts the embedded registry so that it accepts one user name and password, and records the credentials of every request. */
export async function startGuardedRegistry(username: string): Promise<GuardedRegistry> {
  const credentials = { username, password: `password of ${username}` };
  const seen = new Set<string | undefined>();
  const accepted = headerOf(credentials);
  const registry = await startRegistry({
    auth: ({ authorization }) => {
      seen.add(authorization);
      return authorization === accepted ? 'allow' : { challenge: 'Basic realm="test"' };
    },
  });
  return { ...registry, seen, credentials };
}

/** The value of `Authorization` for a user name and a password. */
export function headerOf({ username, password }: GuardedRegistry['credentials']): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

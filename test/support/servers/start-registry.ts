import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RegistryOptions } from '../../../src/registry/http/options.js';
import { newRegistry } from '../../../src/registry/registry.js';

export interface StartedRegistry {
  /** Host and port, as in references. */
  readonly host: string;
  readonly url: string;
  /** Every request so far, in the order of arrival. */
  readonly requests: readonly { readonly method: string; readonly url: string }[];
  close(): Promise<void>;
}

/** Starts the embedded registry on a free port of 127.0.0.1, in memory unless the options name another store. */
export async function startRegistry(options: RegistryOptions = {}): Promise<StartedRegistry> {
  const registry = newRegistry(options);
  const requests: { method: string; url: string }[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '' });
    registry(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    requests,
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

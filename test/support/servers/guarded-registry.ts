import { type StartedRegistry, startRegistry } from './start-registry.js';

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

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newDiskStore } from '../../src/registry/store/disk/disk-store.js';
import type { RegistryOptions } from '../../src/registry/http/options.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { ConformanceClient } from './conformance-client.js';

export interface Target {
  readonly registry: StartedRegistry;
  readonly client: ConformanceClient;
  close(): Promise<void>;
}

/** The kinds of registry that must conform, each with a function that starts one. */
export const targets: readonly (readonly [
  name: string,
  start: (options?: RegistryOptions) => Promise<Target>,
])[] = [
  ['in memory', async (options) => start(options)],
  [
    'on disk',
    async (options) => {
      const dir = await mkdtemp(join(tmpdir(), 'containerregistry-'));
      const target = await start({ ...options, ...newDiskStore(dir, { durable: false }) });
      const close = async (): Promise<void> => {
        await target.close();
        await rm(dir, { recursive: true });
      };
      return { ...target, close };
    },
  ],
  [
    'behind a password',
    async (options) => {
      const authorization = `Basic ${Buffer.from('user:password').toString('base64')}`;
      return start({ ...options, auth: { basic: { users: { user: 'password' } } } }, authorization);
    },
  ],
];

async function start(options: RegistryOptions = {}, authorization?: string): Promise<Target> {
  const registry = await startRegistry(options);
  return {
    registry,
    client: new ConformanceClient(registry.url, authorization),
    close: async () => registry.close(),
  };
}

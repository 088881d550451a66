import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer } from './peers.js';

export interface DockerRegistry {
  /** Host and port, as in references. */
  readonly host: string;
  close(): Promise<void>;
}

export interface DockerRegistryOptions {
  /** The `auth` section of its configuration. */
  readonly auth?: object;
  /** Files with certificate and key; without them it speaks plain http. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** Starts the registry of Distribution on a free port of 127.0.0.1. It keeps everything in a temporary directory. */
export async function startDockerRegistry(
  tool: Peer,
  { auth, tls }: DockerRegistryOptions = {},
): Promise<DockerRegistry> {
  const dir = await mkdtemp(join(tmpdir(), 'docker-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(dir, 'config.yml');
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
      http: { addr: host, ...(tls && { tls }) },
      ...(auth && { auth }),
    }),
  );
  const child = spawn(tool.path, ['serve', config], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await waitForConnections(Number(host.split(':')[1]));
    return { host, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until the port takes connections. */
async function waitForConnections(port: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (attempt === 200) throw error;
      await sleep(50);
    } finally {
      socket.destroy();
    }
  }
}

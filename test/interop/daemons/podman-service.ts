import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Peer } from '../../support/programs/peers.js';
import { podmanRuntime } from '../../support/programs/podman.js';

/** Podman's service with a store of its own, without network, that lives in one directory. */
export interface PodmanService {
  /** Path of its socket. */
  readonly socket: string;
  /** Runs podman on the same store. */
  podman(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts `podman system service` with all its files below `directory`. Resolves once it listens. */
export async function startPodmanService(peer: Peer, directory: string): Promise<PodmanService> {
  await mkdir(directory, { recursive: true });
  const socket = join(directory, 'podman.sock');
  const storage = [
    '--root',
    join(directory, 'root'),
    '--runroot',
    join(directory, 'run'),
    '--storage-driver=vfs',
  ];
  const common = [
    ...storage,
    '--cgroup-manager=cgroupfs',
    '--tmpdir',
    join(directory, 'tmp'),
    ...podmanRuntime(),
  ];
  const child = spawn(peer.path, [...common, 'system', 'service', '--time=0', `unix://${socket}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  // The service prints no message when it is ready.
  for (let attempt = 0; !(await listens(socket)); attempt += 1) {
    if (attempt === 600 || child.exitCode !== null) {
      await stop();
      throw new Error(`podman does not start: ${said}`);
    }
    await setTimeout(100);
  }
  return {
    socket,
    stop,
    podman: async (...args) => peer.run([...common, ...args], { maxBuffer: 64 * 1024 * 1024 }),
  };
}

async function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (response: boolean) => (): void => {
      socket.destroy();
      resolve(response);
    };
    socket.once('connect', settle(true)).once('error', settle(false));
  });
}

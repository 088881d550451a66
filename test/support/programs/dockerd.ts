import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Peer, peer } from './peers.js';

/** A separate Docker Engine without network, whose files are in one directory. */
export interface Dockerd {
  /** Path of its socket. */
  readonly socket: string;
  /** Runs the docker client against it. */
  docker(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts `dockerd` with everything that it writes below `directory`; resolves once it responds. */
export async function startDockerd(
  dockerd: Peer,
  directory: string,
  more: readonly string[] = [],
): Promise<Dockerd> {
  const client = peer('docker');
  if (client === undefined) throw new Error('docker is not installed');
  const { socket, stop } = await startEngine([dockerd.path], directory, ['--storage-driver=vfs', ...more]);
  return {
    socket,
    stop,
    docker: async (...args) =>
      client.run(['--host', `unix://${socket}`, ...args], { maxBuffer: 64 * 1024 * 1024 }),
  };
}

/** Starts an engine without network by a command, which gets the arguments of `dockerd`; resolves once it responds. */
export async function startEngine(
  [program, ...first]: readonly [string, ...string[]],
  directory: string,
  more: readonly string[],
): Promise<Pick<Dockerd, 'socket' | 'stop'>> {
  await mkdir(directory, { recursive: true });
  const socket = join(directory, 'docker.sock');
  const storage = ['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')];
  const network = ['--bridge=none', '--iptables=false', '--ip6tables=false'];
  const location = ['--host', `unix://${socket}`, '--pidfile', join(directory, 'pid')];
  const log = createWriteStream(join(directory, 'log'));
  const child = spawn(program, [...first, ...storage, ...network, ...location, ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      log.end(resolve);
    });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  // The engine prints no line that says that it is ready.
  for (let attempt = 0; !(await isResponding(socket)); attempt += 1) {
    if (attempt === 300 || child.exitCode !== null) {
      await stop();
      throw new Error(`dockerd does not start; see ${join(directory, 'log')}`);
    }
    await setTimeout(100);
  }
  return { socket, stop };
}

async function isResponding(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('error', () => {
      resolve(false);
    });
    ping.end();
  });
}

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Peer } from './peers.js';

/** A separate Docker Engine with a current BuildKit. All of its files are in one directory. */
export interface BuildKit {
  /** Builds a context, and writes the image as an OCI archive. Rejects with BuildKit's messages. */
  build(context: string, archive: string, ...args: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts BuildKit with everything that it writes below `directory`; resolves once it responds. */
export async function startBuildKit(buildkit: Peer, directory: string): Promise<BuildKit> {
  await mkdir(directory, { recursive: true });
  const config = join(directory, 'daemon.json');
  await writeFile(config, JSON.stringify({ features: { 'containerd-snapshotter': true } }));
  const host = `unix://${join(directory, 'sock')}`;
  const log = createWriteStream(join(directory, 'log'));
  const child = spawn(
    buildkit.path,
    [
      ...['dockerd', '--config-file', config, '--host', host, '--pidfile', join(directory, 'pid')],
      ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
      ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-masq=false'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
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
  const docker = async (...args: readonly string[]): Promise<string> =>
    buildkit.run(['docker', '--host', host, ...args], { maxBuffer: 64 * 1024 * 1024 });
  for (let attempt = 0; ; attempt += 1) {
    try {
      await docker('version');
      break;
    } catch (error) {
      if (attempt < 100 && child.exitCode === null) {
        await setTimeout(200);
        continue;
      }
      await stop();
      throw new Error(`BuildKit does not start; see ${join(directory, 'log')}`, { cause: error });
    }
  }
  const build: BuildKit['build'] = async (context, archive, ...args) => {
    const output = ['--output', `type=oci,dest=${archive}`, '--provenance=false', '--network=none'];
    await docker('buildx', 'build', '--progress=plain', ...output, ...args, context);
  };
  return { build, stop };
}

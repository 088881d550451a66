import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEngine } from './dockerd.js';
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
  const command = [buildkit.path, 'dockerd'] as const;
  const { socket, stop } = await startEngine(command, directory, [
    '--config-file',
    config,
    '--ip-masq=false',
  ]);
  const build: BuildKit['build'] = async (context, archive, ...args) => {
    const output = ['--output', `type=oci,dest=${archive}`, '--provenance=false', '--network=none'];
    const client = ['docker', '--host', `unix://${socket}`, 'buildx', 'build', '--progress=plain'];
    await buildkit.run([...client, ...output, ...args, context], { maxBuffer: 64 * 1024 * 1024 });
  };
  return { build, stop };
}

import { type ExecFileOptions, execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it } from '@jest/globals';

/** Tools of other projects with which this project must work together. */
export type PeerName =
  | 'crane'
  | 'oras'
  | 'skopeo'
  | 'docker-registry'
  | 'dockerd'
  | 'docker'
  | 'ctr'
  | 'podman'
  | 'buildah'
  | 'umoci'
  | 'runc'
  | 'openssl'
  | 'busybox'
  | 'buildkit';

export interface Peer {
  readonly path: string;
  /** Runs the tool to its end; rejects with its error output if it fails. */
  run(args: readonly string[], options?: ExecFileOptions): Promise<string>;
}

/** Finds a tool on the PATH, or where `.ci/run` unpacked it; undefined if it is not installed. */
export function peer(name: PeerName): Peer | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter);
  for (const directory of [...directories, join(homedir(), '.cache/containerregistry-peers/bin')]) {
    const path = join(directory, name);
    if (directory !== '' && isExecutable(path))
      return { path, run: async (args, options) => run(path, args, options) };
  }
  return undefined;
}

/**
 * A `describe` for tests that need tools. If a tool is missing, the tests are skipped and their title says which one is
 * missing; with `CI=true` they fail.
 */
export function describeWithPeers<N extends PeerName>(
  title: string,
  names: readonly N[],
  body: (peers: Readonly<Record<N, Peer>>) => void,
): void {
  const found = names.map((name) => [name, peer(name)] as const);
  const missing = found.filter(([, tool]) => tool === undefined).map(([name]) => name);
  if (missing.length === 0) {
    describe(title, () => {
      // Every name has a peer: nothing is missing.
      body(Object.fromEntries(found) as Record<N, Peer>);
    });
  } else if (process.env.CI === 'true') {
    it(`${title} (needs ${missing.join(', ')})`, () => {
      throw new Error(`not installed: ${missing.join(', ')}`);
    });
  } else {
    const reason = `not installed: ${missing.join(', ')}`;
    console.warn(`skipped: ${title} (${reason})`);
    it.skip(`${title} (${reason})`, () => undefined);
  }
}

async function run(path: string, args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(path, [...args], { ...options, encoding: 'utf8' });
  return stdout;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

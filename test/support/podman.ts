import path from 'node:path';
import type { Peer } from './peers.js';

/** Runs podman, or buildah, on a store of its own. */
export type Containers = (...args: readonly string[]) => Promise<string>;

/** A store of podman in one folder, without network and without control groups of systemd. */
export function podmanIn(podman: Peer, folder: string): Containers {
  const store = ['--root', path.join(folder, 'store'), '--runroot', path.join(folder, 'run')];
  const options = ['--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs'];
  return async (...args) => podman.run([...store, ...options, ...args], { maxBuffer: 64 * 1024 * 1024 });
}

/** A store of buildah in one folder. */
export function buildahIn(buildah: Peer, folder: string): Containers {
  const store = ['--root', path.join(folder, 'store'), '--runroot', path.join(folder, 'run')];
  return async (...args) => buildah.run([...store, '--storage-driver', 'vfs', ...args]);
}

/** Flags of `podman run` for a machine that may neither set up networks nor raise limits. */
export const CONFINED = [
  '--rm',
  '--network=none',
  '--ulimit=nofile=1024:1024',
  '--ulimit=nproc=1024:1024',
] as const;

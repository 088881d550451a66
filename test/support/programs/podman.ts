import path from 'node:path';
import { peer, type Peer } from './peers.js';

/** Runs podman or buildah on a separate store. */
export type Containers = (...args: readonly string[]) => Promise<string>;

/**
 * runc, which runs containers in every mode of control groups. If crun is installed too, podman and buildah choose it,
 * and crun refuses a machine with control groups in hybrid mode. Without runc they use their default.
 */
function workingRuntime(): string | undefined {
  return peer('runc')?.path;
}

/** Flags of podman that choose runc. */
export function podmanRuntime(): readonly string[] {
  const runtime = workingRuntime();
  return runtime === undefined ? [] : ['--runtime', runtime];
}

/** A store of podman in one directory, without network and without control groups of systemd. */
export function podmanIn(podman: Peer, directory: string): Containers {
  const store = ['--root', path.join(directory, 'store'), '--runroot', path.join(directory, 'run')];
  const options = ['--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', ...podmanRuntime()];
  return async (...args) => podman.run([...store, ...options, ...args], { maxBuffer: 64 * 1024 * 1024 });
}

/** A store of buildah in one directory. */
export function buildahIn(buildah: Peer, directory: string): Containers {
  const store = ['--root', path.join(directory, 'store'), '--runroot', path.join(directory, 'run')];
  const runtime = workingRuntime();
  const env = runtime === undefined ? process.env : { ...process.env, BUILDAH_RUNTIME: runtime };
  return async (...args) => buildah.run([...store, '--storage-driver', 'vfs', ...args], { env });
}

/** Flags of `podman run` for a machine that may neither set up networks nor raise limits. */
export const CONFINED = [
  '--rm',
  '--network=none',
  '--ulimit=nofile=1024:1024',
  '--ulimit=nproc=1024:1024',
] as const;

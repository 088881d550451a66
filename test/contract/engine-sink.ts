import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as daemon from '../../src/daemon/index.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { newTag } from '../../src/name/tag.js';
import { type Dockerd, startDockerd } from '../support/programs/dockerd.js';
import { peer } from '../support/programs/peers.js';
import type { Sink } from './sink.js';

interface Engine {
  readonly dockerd: Dockerd;
  readonly directory: string;
}

let engine: Promise<Engine> | undefined;

/** An empty Docker Engine. All tests share one process, because it starts slowly. */
export async function openEngine(): Promise<Sink> {
  engine ??= startEngine();
  const { dockerd } = await engine;
  const tag = newTag('localhost/app:v1');
  const options = { host: `unix://${dockerd.socket}`, env: {} };
  const opened: daemon.DaemonImage[] = [];
  return {
    write: async (image, writeOptions) => {
      await daemon.write(tag, image, { ...options, ...writeOptions });
    },
    read: async () => {
      const image = await daemon.image(tag, options);
      opened.push(image);
      return image;
    },
    holds: async () => {
      try {
        await daemon.image(tag, options);
        return true;
      } catch (error) {
        if (error instanceof NotFoundError) return false;
        throw error;
      }
    },
    leftovers: async () => Promise.resolve([]),
    // The engine does not report it.
    storedBytes: async () => Promise.resolve(0),
    close: async () => {
      for (const image of opened) await image.close();
      const ids = (await dockerd.docker('image', 'ls', '--all', '--quiet', '--no-trunc')).split('\n');
      const all = [...new Set(ids.filter((id) => id !== ''))];
      if (all.length > 0) await dockerd.docker('image', 'rm', '--force', ...all);
    },
  };
}

/** Stops the shared engine after all tests. */
export async function stopEngine(): Promise<void> {
  if (engine === undefined) return;
  const { dockerd, directory } = await engine;
  await dockerd.stop();
  await rm(directory, { recursive: true, force: true });
}

async function startEngine(): Promise<Engine> {
  const tool = peer('dockerd');
  if (tool === undefined) throw new Error('dockerd is not installed');
  const directory = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
  return { directory, dockerd: await startDockerd(tool, directory) };
}

import type { ChildProcess } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeHeader } from '../../src/internal/tar/format/encode.js';
import { outcomeOf } from '../support/programs/child.js';
import { startDockerd } from '../support/programs/dockerd.js';
import { gantry, peakOf, program, startNode } from '../support/tools/peak-memory.js';
import { peer } from '../support/programs/peers.js';

/** `LARGE_LAYER_GIB=5 npm run jest -- test/memory/large-layer` takes the size of the promise, and prints what it measures. */
const { LARGE_LAYER_GIB: options } = process.env;
const GIB = Number(options ?? 0.5);
const SIZE = Math.round(GIB * 1024) * 1024 ** 2;
const TIMEOUT_MS = 300_000 + GIB * 600_000;

/** What any transfer may need beyond what Node itself needs, however large the layer is. */
const LIMIT_MIB = 64;

const SERVE = `
const { registry } = await import(process.env.LIBRARY);
const server = await registry.serve(registry.newDiskStore(process.argv[1], { durable: false }));
console.log(server.host);`;

const FILL = `
const { crane, random } = await import(process.env.LIBRARY);
await crane.push(random.image(${SIZE}, 1, { seed: 'large layer' }), process.argv[1]);`;

const COPY = `
const { crane } = await import(process.env.LIBRARY);
await crane.copy(process.argv[1], process.argv[2]);`;

const THROUGH_CACHE = `
const { cache, crane, validate } = await import(process.env.LIBRARY);
const cached = cache.image(await crane.pull(process.argv[1]), cache.newFilesystemCache(process.argv[2]));
await validate.image(cached);`;

let root: string;
let bare: number;
/** A layer that cannot be compressed. */
let image: string;
/** Two layers, a small one above a large one, which compresses to little. */
let files: string;
let source: ChildProcess | undefined;
const measured: (readonly [string, number])[] = [];

const at = (...parts: readonly string[]): string => path.join(root, ...parts);

/** Starts a registry in a process of its own, which keeps its blobs in a directory. */
async function startServer(dir: string): Promise<{ server: ChildProcess; host: string }> {
  const server = startNode(root, program(SERVE, at(dir)));
  const host = await new Promise<string>((resolve, reject) => {
    server.stdout?.once('data', (line: Buffer) => {
      resolve(line.toString().trim());
    });
    server.once('exit', () => {
      reject(new Error('the registry did not start'));
    });
  });
  return { server, host };
}

async function stopServer(server: ChildProcess | undefined): Promise<void> {
  if (server?.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once('close', resolve));
  server.kill();
  await ended;
}

/** A registry that is thrown away afterwards, with all that was pushed to it. */
async function withTarget(use: (reference: string) => Promise<void>): Promise<void> {
  const { server, host } = await startServer('target');
  try {
    await use(`${host}/large:latest`);
  } finally {
    await stopServer(server);
    await rm(at('target'), { recursive: true, force: true });
  }
}

/** Writes a tar of one file of zeros, which take no room on the disk. */
async function writeTar(file: string, size: number): Promise<void> {
  const tar = await open(file, 'w');
  try {
    await tar.write(encodeHeader({ name: `zeros-${size}`, size }));
    await tar.truncate(512 + Math.ceil(size / 512) * 512 + 1024);
  } finally {
    await tar.close();
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { code, stderr } = await outcomeOf(startNode(root, args));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

async function expectSmall(
  what: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const peak = (await peakOf(root, args, env)) - bare;
  measured.push([what, peak]);
  expect({ what, peak: peak <= LIMIT_MIB ? LIMIT_MIB : peak }).toEqual({ what, peak: LIMIT_MIB });
}

const linux = process.platform === 'linux' ? describe : describe.skip;

linux(`a layer of ${GIB} GiB`, () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    bare = await peakOf(root, ['-e', '0']);
    const { server, host } = await startServer('source');
    source = server;
    image = `${host}/large:latest`;
    files = `${host}/files:latest`;
    await run(program(FILL, image));
    await writeTar(at('large.tar'), SIZE);
    await writeTar(at('small.tar'), 1000);
    await run(gantry('append', '-f', at('large.tar'), '-f', at('small.tar'), '-t', files));
  }, TIMEOUT_MS);

  afterAll(async () => {
    await stopServer(source);
    await rm(root, { recursive: true, force: true });
    if (options !== undefined) {
      const lines = measured.map(([what, peak]) => `${peak.toFixed(1).padStart(7)} MiB  ${what}`);
      console.log([`${GIB} GiB, above the ${bare.toFixed(1)} MiB of Node itself:`, ...lines].join('\n'));
    }
  });

  it(
    'is pulled to an archive, validated there, and pushed from it',
    async () => {
      await expectSmall('pull to an archive', gantry('pull', image, at('image.tar')));
      await expectSmall('validate an archive', gantry('validate', '--tarball', at('image.tar')));
      await withTarget(async (to) => expectSmall('push an archive', gantry('push', at('image.tar'), to)));
      await rm(at('image.tar'));
    },
    TIMEOUT_MS,
  );

  it(
    'is pulled to a layout, validated there, and pushed from it',
    async () => {
      await expectSmall('pull to a layout', gantry('pull', '--format=oci', image, at('layout')));
      await expectSmall('validate a layout', gantry('validate', '--layout', at('layout')));
      await withTarget(async (to) => expectSmall('push a layout', gantry('push', at('layout'), to)));
      await expectSmall(
        'layout to OCI archive',
        gantry('copy', `oci:${at('layout')}`, `oci-archive:${at('oci.tar')}`),
      );
      await rm(at('layout'), { recursive: true });
      await withTarget(async (to) => expectSmall('push an OCI archive', gantry('push', at('oci.tar'), to)));
      await rm(at('oci.tar'));
    },
    TIMEOUT_MS,
  );

  it(
    'is pulled to a legacy archive',
    async () => {
      await expectSmall(
        'pull to a legacy archive',
        gantry('pull', '--format=legacy', image, at('legacy.tar')),
      );
      await rm(at('legacy.tar'));
    },
    TIMEOUT_MS,
  );

  it(
    'is copied between registries',
    async () => {
      await withTarget(async (to) => expectSmall('copy', gantry('copy', image, to)));
      // The library as well, whose code is not cut to the command.
      await withTarget(async (to) => expectSmall('copy, by the library', program(COPY, image, to)));
    },
    TIMEOUT_MS,
  );

  it(
    'is validated',
    async () => {
      await expectSmall('validate in a registry', gantry('validate', '--remote', image));
    },
    TIMEOUT_MS,
  );

  it(
    'is written to a cache, and read from it',
    async () => {
      await expectSmall('validate, filling a cache', program(THROUGH_CACHE, image, at('cache')));
      await expectSmall('validate, from the cache', program(THROUGH_CACHE, image, at('cache')));
      await rm(at('cache'), { recursive: true });
    },
    TIMEOUT_MS,
  );

  it(
    'is appended to an empty image and to another image',
    async () => {
      await withTarget(async (to) =>
        expectSmall('append', gantry('append', '-f', at('large.tar'), '-t', to)),
      );
      await withTarget(async (to) =>
        expectSmall(
          'append to a large image',
          gantry('append', '-b', files, '-f', at('small.tar'), '-t', to),
        ),
      );
      const plain = ['--compression', 'none', '-f', at('large.tar'), '-o', at('plain.tar')];
      await expectSmall('append to an archive', gantry('append', ...plain, '-t', 'example.com/large:latest'));
      await rm(at('plain.tar'));
    },
    TIMEOUT_MS,
  );

  it(
    'is compressed again',
    async () => {
      const compression = ['--compression', 'gzip', '--compression-level', '2'];
      await withTarget(async (to) =>
        expectSmall('compress again', gantry('mutate', files, ...compression, '-t', to)),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'gets new timestamps',
    async () => {
      const times = ['--canonical', '-t'];
      await withTarget(async (to) => expectSmall('canonical times', gantry('mutate', files, ...times, to)));
    },
    TIMEOUT_MS,
  );

  it(
    'is flattened',
    async () => {
      await withTarget(async (to) => expectSmall('flatten', gantry('flatten', files, '-t', to)));
    },
    TIMEOUT_MS,
  );

  it(
    'is exported to a tar and to a directory',
    async () => {
      await expectSmall('export to a tar', gantry('export', files, at('files.tar')));
      await rm(at('files.tar'));
      await expectSmall('export to a directory', gantry('export', files, '--to', at('files')));
      await rm(at('files'), { recursive: true });
    },
    TIMEOUT_MS,
  );

  const dockerd = peer('dockerd');
  const itWithDocker = dockerd !== undefined && process.getuid?.() === 0 ? it : it.skip;
  itWithDocker(
    'is written to a Docker Engine, and read from it',
    async () => {
      const engine = await startDockerd(dockerd!, at('docker'));
      try {
        const env = { DOCKER_HOST: `unix://${engine.socket}` };
        await expectSmall('load into an engine', gantry('copy', files, 'docker-daemon:large:latest'), env);
        await withTarget(async (to) =>
          expectSmall('push from an engine', gantry('copy', 'docker-daemon:large:latest', to), env),
        );
      } finally {
        await engine.stop();
        await rm(at('docker'), { recursive: true, force: true });
      }
    },
    TIMEOUT_MS,
  );
});

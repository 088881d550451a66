import { mkdtemp, readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { sources } from '../../contract/sources.js';
import { big, original } from '../../contract/originals.js';
import { exportTo } from '../../../src/crane/export-to.js';
import { load } from '../../../src/crane/load.js';
import { saveLegacy } from '../../../src/crane/pulling/save-legacy.js';
import * as daemon from '../../../src/daemon/index.js';
import * as layout from '../../../src/layout/index.js';
import * as mutate from '../../../src/mutate/index.js';
import { newTag } from '../../../src/name/tag.js';
import * as remote from '../../../src/remote/index.js';
import { serve } from '../../../src/registry/serve.js';
import { newLayer as streamLayer } from '../../../src/stream/layer.js';
import * as tarball from '../../../src/tarball/index.js';
import { image as emptyImage } from '../../../src/empty/image.js';
import type { Image } from '../../../src/v1/image.js';
import * as validate from '../../../src/validate/index.js';
import { chunked } from '../archives/chunked.js';
import { openDescriptors } from './open-handles.js';

/*
 * Aborts every operation on every kind of image at one moment after the other, and counts the events that would end a
 * process without a handler. This is a program, because Jest handles such events of a process.
 */

interface SignalOption {
  readonly signal: AbortSignal;
}

interface Case {
  readonly name: string;
  /** Opens a new image for each run, so that no run uses what an earlier one computed. */
  readonly open: () => Promise<Image>;
}

interface Operation {
  readonly name: string;
  readonly run: (image: Image, options: SignalOption) => Promise<unknown>;
}

/** Turns of the microtask queue after which an abort comes, followed by turns of the event loop. */
const EVERY_MOMENT = process.env.ABORT_EVERY_MOMENT === '1';
const MICROTASKS = EVERY_MOMENT
  ? Array.from({ length: 64 }, (_, at) => at)
  : [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 33, 40, 48];
const MACROTASKS = EVERY_MOMENT ? 12 : 4;
const MOMENTS = [
  ...MICROTASKS.map((micro) => ({ micro, macro: 0 })),
  ...Array.from({ length: MACROTASKS }, (_, at) => ({ micro: MICROTASKS.at(-1) ?? 0, macro: at + 1 })),
];
type Moment = (typeof MOMENTS)[number];

/** Much longer than any operation here takes on a busy machine. */
const SETTLE_MS = 30_000;

const nowhere = (): Writable =>
  new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
const layersOf =
  (open: 'compressed' | 'uncompressed') =>
  async (image: Image, options: SignalOption): Promise<unknown> => {
    const layers = await image.layers(options);
    return Promise.all(layers.map(async (layer) => layer[open](options)));
  };

const operationsTo = (host: string, fresh: (name: string) => string): readonly Operation[] => [
  { name: 'compressed', run: layersOf('compressed') },
  { name: 'uncompressed', run: layersOf('uncompressed') },
  { name: 'manifest', run: async (image, options) => image.rawManifest(options) },
  { name: 'config', run: async (image, options) => image.rawConfigFile(options) },
  { name: 'extract', run: async (image, options) => Promise.resolve(mutate.extract(image, options)) },
  { name: 'extractTo', run: async (image, options) => mutate.extractTo(image, fresh('root'), options) },
  { name: 'exportTo', run: async (image, options) => exportTo(image, fresh('export'), options) },
  { name: 'time', run: async (image, options) => mutate.time(image, new Date(0)).digest(options) },
  { name: 'recompress', run: async (image, options) => mutate.recompress(image, 'gzip').digest(options) },
  { name: 'flatten', run: async (image, options) => mutate.flatten(image).digest(options) },
  { name: 'squash', run: async (image, options) => mutate.squash(image).digest(options) },
  { name: 'validate', run: async (image, options) => validate.image(image, options) },
  {
    name: 'push',
    run: async (image, options) =>
      remote.write(newTag(`${host}/${fresh('app').slice(-6)}:v1`), image, options),
  },
  {
    name: 'layout',
    run: async (image, options) =>
      (await layout.fromPath(fresh('layout'), { create: true })).appendImage(image, options),
  },
  {
    name: 'archive',
    run: async (image, options) => tarball.writeToFile(fresh('archive'), newTag('app:v1'), image, options),
  },
  {
    name: 'OCI archive',
    run: async (image, options) => tarball.writeOci(newTag('app:v1'), image, nowhere(), options),
  },
  {
    name: 'first format',
    run: async (image, options) => saveLegacy(image, 'app:v1', fresh('first'), options),
  },
];

/** Sweeps one part of all sources, and prints the outcome as JSON. Ends the process. */
export async function sweepAborts(directory: string, part: number, parts: number): Promise<never> {
  const problems: string[] = [];
  let current = '';
  const note = (kind: string) => (reason: unknown) => {
    problems.push(`${current}: ${kind}: ${reason instanceof Error ? (reason.stack ?? '') : String(reason)}`);
  };
  process.on('uncaughtException', note('uncaughtException'));
  process.on('unhandledRejection', note('unhandledRejection'));

  const registry = await serve();
  const closing = [async (): Promise<void> => registry.close()];
  let count = 0;
  const operations = operationsTo(registry.host, (name) => path.join(directory, `${name}-${(count += 1)}`));
  const cases = await casesIn(directory, registry.host, closing);
  const before = openDescriptors();
  let runs = 0;
  for (const { name, open } of cases.filter((_case, at) => at % parts === part)) {
    // Views differ only in their layers, so that the other operations do the same for all of them.
    for (const operation of name.startsWith('a view') ? operations.slice(0, 5) : operations) {
      for (const moment of MOMENTS) {
        current = `${operation.name} of ${name} after ${moment.micro} and ${moment.macro} turns`;
        runs += 1;
        const outcome = await abortedAt(moment, await open(), operation);
        if (outcome === 'late') problems.push(`${current}: it did not settle`);
        if (outcome === 'done') break;
      }
    }
  }
  // The images above keep their spools until the garbage collector removes them.
  for (let turn = 0; turn < 50 && openDescriptors() > before; turn += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const left = openDescriptors() - before;
  for (const close of closing) await close();
  console.log(JSON.stringify({ runs, problems: problems.length, first: problems.slice(0, 5), left }));
  process.exit(0);
}

async function casesIn(
  directory: string,
  host: string,
  closing: (() => Promise<void>)[],
): Promise<readonly Case[]> {
  const sourceDirectory = await mkdtemp(path.join(directory, 'sources-'));
  const all: Case[] = [];
  for (const { name, open } of sources) {
    // An image is opened again for each run if that costs nothing. Otherwise all runs use the same image.
    const isReadFromSink = name.startsWith('an image read from');
    const kept = isReadFromSink ? await open(sourceDirectory, closing) : undefined;
    all.push({ name, open: async () => kept ?? open(sourceDirectory, closing) });
  }
  const file = (name: string): string => path.join(sourceDirectory, name);
  const tag = newTag('app:v1');
  await tarball.writeToFile(file('docker.tar'), tag, original());
  await tarball.writeOciToFile(file('oci.tar'), tag, original());
  await saveLegacy(original(), 'app:v1', file('first.tar'));
  for (const name of ['docker.tar', 'oci.tar', 'first.tar'])
    all.push({ name: `a loaded ${name}`, open: async () => load(file(name)) });
  const engine = await startEngine(
    closing,
    file('engine.sock'),
    await readFile(file('docker.tar')),
    await original().configName(),
  );
  all.push({ name: 'a daemon', open: async () => daemon.image(tag, { host: engine, env: {} }) });
  const remoteTag = newTag(`${host}/source:v1`);
  await remote.write(remoteTag, original());
  all.push({ name: 'a remote image', open: async () => remote.image(remoteTag) });
  all.push({
    name: 'layers of streams',
    open: async () => Promise.resolve(mutate.appendLayers(emptyImage, [streamLayer(chunked(big))])),
  });
  return all;
}

/** Starts a server that responds like a Docker Engine with one image. */
async function startEngine(
  closing: (() => Promise<void>)[],
  socket: string,
  archive: Uint8Array,
  id: string,
): Promise<string> {
  const server = http.createServer((request, response) => {
    const url = request.url ?? '';
    if (url.endsWith('/_ping')) response.writeHead(200, { 'api-version': '1.41' }).end('OK');
    else if (url.endsWith('/json')) response.end(JSON.stringify({ Id: id, RepoTags: ['app:v1'] }));
    else response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `unix://${socket}`;
}

/** Aborts an operation after a number of turns. Returns whether the operation was still running then. */
async function abortedAt(
  { micro, macro }: Moment,
  image: Image,
  operation: Operation,
): Promise<'done' | 'aborted' | 'late'> {
  const controller = new AbortController();
  const state = { settled: false };
  const settle = <T>(result: T): T => {
    state.settled = true;
    return result;
  };
  const end = operation.run(image, { signal: controller.signal }).then(settle, () => {
    settle(undefined);
  });
  for (let turn = 0; turn < micro; turn += 1) await Promise.resolve();
  for (let turn = 0; turn < macro; turn += 1) await setImmediate();
  const wasAtWork = !state.settled;
  controller.abort(new Error('the user has gone'));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, SETTLE_MS, 'late')));
  const result = await Promise.race([end, late]);
  clearTimeout(timer);
  // The streams that were returned have no listener for a while, and are then destroyed.
  await setImmediate();
  for (const stream of [result].flat()) if (stream instanceof Readable) stream.destroy();
  if (result === 'late') return 'late';
  return wasAtWork ? 'aborted' : 'done';
}

/**
 * A program for {@link bundled} that writes an image to each place that is a file, where that cannot succeed, and says
 * what came of it, one JSON document per line.
 *
 * Arguments: how it is to fail, and a directory with one for each sink, which `prepare` makes. `full` and `readonly` say
 * nothing but that it does; `denied` gives up the rights of root; `few` leaves only so many files that it may open, from
 * none to as many as it takes.
 */
export const FILE_SINKS = `
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, lstatSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import * as cache from 'ROOT/src/cache/index.ts';
import * as crane from 'ROOT/src/crane/index.ts';
import { spool } from 'ROOT/src/internal/files/spool.ts';
import * as layout from 'ROOT/src/layout/index.ts';
import { parseReference } from 'ROOT/src/name/parse-reference.ts';
import * as random from 'ROOT/src/random/index.ts';
import * as registry from 'ROOT/src/registry/index.ts';
import * as tarball from 'ROOT/src/tarball/index.ts';

const [, , how, root] = process.argv;
const tag = parseReference('example.com/app:v1');
const image = random.image(200_000, 3, { seed: 'large' });
const memory = await registry.serve();
const reference = memory.host + '/app:v1';
if (how !== 'prepare') await crane.push(image, reference);

const saved = (save) => async (dir) => save(path.join(dir, 'image.tar'));
const sinks = {
  layout: async (dir) => (await layout.fromPath(dir)).appendImage(image),
  'resumed layout': async (dir) => (await layout.fromPath(dir, { resume: true })).appendImage(await crane.pull(reference)),
  'new layout': async (dir) => layout.write(dir + '/new', random.index(200_000, 1, 2, { seed: 'index' })),
  'garbage of a layout': async (dir) => {
    const garbage = await (await layout.fromPath(dir)).garbageCollect({ delete: true });
    if (how === 'full') throw Object.assign(new Error('freeing space works'), { fine: true, garbage });
  },
  tarball: saved(async (file) => tarball.writeToFile(file, tag, image)),
  'tarball of streams': async (dir) => {
    const streamed = { ...image, layers: async () => image.layers() };
    await tarball.writeToFile(path.join(dir, 'image.tar'), tag, streamed);
  },
  'OCI archive': saved(async (file) => tarball.writeOciToFile(file, tag, image)),
  'legacy archive': saved(async (file) => crane.saveLegacy(image, tag.toString(), file)),
  export: saved(async (file) => crane.export(image, file)),
  'unpacked filesystem': async (dir) => crane.exportTo(image, dir + '/root'),
  'pulled tarball': saved(async (file) => crane.pullTo([reference], file)),
  'pulled legacy archive': saved(async (file) => crane.pullTo([reference], file, { format: 'legacy' })),
  'pulled layout': async (dir) => crane.pullTo([reference], dir, { format: 'oci' }),
  cache: async (dir) => {
    let failure;
    const directory = cache.newFilesystemCache(dir, { onError: (error) => (failure ??= error) });
    for (const layer of await cache.image(image, directory).layers()) for await (const chunk of await layer.compressed());
    if (failure) throw failure;
  },
  spool: async (dir) => (await spool(await (await random.layer(2_000_000, 'tar')).uncompressed(), { dir, memoryBytes: 1000 })).close(),
  'registry on disk': async (dir) => {
    const server = await registry.serve(registry.newDiskStore(dir + '/store'));
    try {
      await crane.push(image, server.host + '/app:v1', { retry: { attempts: 1 } });
    } finally {
      await server.close();
    }
  },
};

const filesIn = (dir) => readdirSync(dir, { recursive: true, encoding: 'utf8' })
  .filter((name) => !lstatSync(path.join(dir, name)).isDirectory());

/** Files that are complete are no trouble: blobs that hash to their names, what says that a directory is a layout, and what is kept on purpose. */
const isWhole = (file) => {
  if (/(oci-layout|jsonl)$/.test(file)) return true;
  if (/resumed.*\\.partial$/.test(file)) return true;
  const [, hex] = /(?:^|[:/])([0-9a-f]{64})$/.exec(file) ?? [];
  return hex !== undefined && createHash('sha256').update(readFileSync(file)).digest('hex') === hex;
};

async function attempt(sink, spare) {
  const dir = path.join(root, sink);
  const before = new Set(filesIn(dir));
  let error;
  const hoard = [];
  try {
    if (spare !== undefined) {
      try {
        for (;;) hoard.push(openSync('/dev/null'));
      } catch {
        for (let count = 0; count < spare; count += 1) closeSync(hoard.pop());
      }
    }
    await sinks[sink](dir);
  } catch (thrown) {
    error = thrown;
  }
  for (const fd of hoard) closeSync(fd);
  const left = filesIn(dir).filter((name) => !before.has(name) && !isWhole(path.join(dir, name)));
  const entries = before.has('index.json')
    ? (await (await (await layout.fromPath(dir)).imageIndex()).indexManifest()).manifests.length
    : 0;
  const { name, code, systemCode, path: at, hint, status, fine, message } = error ?? {};
  console.log(JSON.stringify({
    sink, spare, failed: error !== undefined && !fine,
    name, code, systemCode, path: at, hint, status, message, left, entries,
  }));
  return error === undefined;
}

if (how === 'prepare') {
  for (const sink of Object.keys(sinks)) {
    const dir = path.join(root, sink);
    mkdirSync(dir, { recursive: true });
    if (!sink.includes('layout') || sink.startsWith('new')) continue;
    const made = await layout.fromPath(dir, { create: true });
    await made.appendImage(random.image(100, 1, { seed: 'small' }));
    await made.writeImage(random.image(100, 1, { seed: 'unlisted' }));
  }
} else {
  if (how === 'denied') {
    process.setgid(65534);
    process.setuid(65534);
  }
  for (const sink of Object.keys(sinks)) {
    if (how !== 'few') {
      await attempt(sink);
      // The next one is to meet the same space.
      if (how === 'full') rmSync(path.join(root, sink), { recursive: true });
    } else if (!/pulled|resumed|registry/.test(sink)) {
      // Those need sockets as well.
      for (let spare = 0; spare < 40 && !(await attempt(sink, spare)); spare += 1);
    }
  }
}
await memory.close();
`;

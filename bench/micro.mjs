import { createReadStream, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { measure, median } from './measure.mjs';
import { find } from './tools.mjs';

const RUNS = 3;
const dist = pathToFileURL(path.resolve(import.meta.dirname, '../dist')).href;

/** Short programs with the library. Each runs in its own process, like the tool that it is compared with. */
const ours = {
  sha256: `const { v1 } = await import('${dist}/index.js');
    const { createReadStream } = await import('node:fs');
    await v1.sha256(createReadStream(process.argv[1], { highWaterMark: 262144 }));`,
  gzip: `const { tarball } = await import('${dist}/index.js');
    await (await tarball.layerFromFile(process.argv[1])).digest();`,
  zlib: `const { createGzip } = await import('node:zlib');
    const { createReadStream } = await import('node:fs');
    const { pipeline } = await import('node:stream/promises');
    const { Writable } = await import('node:stream');
    await pipeline(
      createReadStream(process.argv[1], { highWaterMark: 1048576 }),
      createGzip({ level: 1, chunkSize: 262144 }),
      new Writable({ write: (chunk, encoding, done) => done() }),
    );`,
  gunzip: `const { tarball } = await import('${dist}/index.js');
    await (await tarball.layerFromFile(process.argv[1])).diffId();`,
  readTar: `const { tarball, validate } = await import('${dist}/index.js');
    await validate.layer(await tarball.layerFromFile(process.argv[1], { compression: 'none' }));`,
};

/** Measures the basic operations (hashing, compression, tar), each next to its physical limit. */
export async function micro({ tars }, dir) {
  const [plain] = tars;
  const packed = path.join(dir, 'packed.tar.gz');
  const bash = (script) => ['bash', '-c', script, 'bench', plain, packed];
  const openssl = find('openssl');
  const pigz = find('pigz');
  const gzip = find('gzip');
  await measure(bash(`${gzip} -1 -c "$1" > "$2"`), { dir });
  const program = (text, file) => [process.execPath, '--input-type=module', '-e', text, file];
  const parts = [
    ['sha256', program(ours.sha256, plain), 'openssl', openssl && [openssl, 'dgst', '-sha256', plain]],
    [
      'gzip 1, with both digests',
      program(ours.gzip, plain),
      'pigz -1',
      pigz && bash(`${pigz} -1 -c "$1" > /dev/null`),
    ],
    [
      'gzip 1, with both digests',
      program(ours.gzip, plain),
      'gzip -1',
      bash(`${gzip} -1 -c "$1" > /dev/null`),
    ],
    [
      'gunzip, with both digests',
      program(ours.gunzip, packed),
      'pigz -d',
      pigz && bash(`${pigz} -dc "$2" > /dev/null`),
    ],
    [
      'gunzip, with both digests',
      program(ours.gunzip, packed),
      'gzip -d',
      bash(`${gzip} -dc "$2" > /dev/null`),
    ],
    ['read and check a tar', program(ours.readTar, plain), 'tar -t', bash('tar -tf "$1" > /dev/null')],
  ];
  await warm(plain);
  const lines = [
    `a tar of ${(statSync(plain).size / 1e6).toFixed(0)} MB; wall time of ours as a part of the tool's`,
  ];
  for (const [name, own, tool, other] of parts) {
    if (!other) {
      lines.push(`${name}: ${tool} is not installed`);
      continue;
    }
    const walls = { own: [], other: [] };
    for (let run = 0; run < RUNS; run += 1) {
      walls.own.push((await measure(own, { dir })).wall);
      walls.other.push((await measure(other, { dir })).wall);
    }
    lines.push(`${name}: ${(median(walls.own) / median(walls.other)).toFixed(2)} of ${tool}`);
  }
  lines.push(...(await compressors(plain, dir, program, bash)));
  return lines;
}

/** How much one core compresses in a second. igzip, in assembler for one kind of processor, shows the possible gain. */
async function compressors(plain, dir, program, bash) {
  const tool = (name, flags) => find(name) && bash(`${find(name)} ${flags} -c "$1" > /dev/null`);
  const packers = [
    ['gzip 1, with both digests', program(ours.gzip, plain)],
    ["gzip 1 by Node's zlib", program(ours.zlib, plain)],
    ['pigz -1', tool('pigz', '-1')],
    ['igzip -1', tool('igzip', '-1')],
  ];
  const lines = [];
  for (const [name, command] of packers) {
    if (!command) continue;
    const used = [];
    for (let run = 0; run < RUNS; run += 1) used.push((await measure(command, { dir })).cpu);
    lines.push(`${name}: ${(statSync(plain).size / 1e6 / median(used)).toFixed(0)} MB per second of CPU`);
  }
  return lines;
}

/** Reads a file, so that it is in the cache of the system. */
async function warm(file) {
  const stream = createReadStream(file, { highWaterMark: 1024 * 1024 });
  while ((await stream[Symbol.asyncIterator]().next()).done !== true);
}

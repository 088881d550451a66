import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { makeFiles } from '../support/archives/make-files.js';
import { noise } from '../support/tools/noise.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const built = resolve(import.meta.dirname, '../../dist/index.js');

/** Prints the digests of layers that are made from one directory in different ways. */
const script = `
const { crane, empty, mutate } = await import(process.argv[1]);
const layer = (options) => crane.layerFromDirectory(process.argv[2], options);
const image = mutate.appendLayers(empty.image, [layer(), layer({ target: '/two', compressionLevel: 6 })]);
const made = [
  image,
  mutate.flatten(image),
  mutate.squash(image),
  mutate.time(image, new Date(5000)),
  mutate.recompress(image, 'gzip', { compressionLevel: 9 }),
];
for (const one of made) {
  for (const { digest } of (await one.manifest()).layers) console.log(digest);
}
`;

/** Runs the program in its own process, with this number of threads for zlib and files. */
async function digests(directory: string, threads: number): Promise<readonly string[]> {
  if (!existsSync(built)) throw new Error(`${built} is missing: run \`npm run build\` first`);
  const args = ['--input-type=module', '-e', script, pathToFileURL(built).href, directory];
  const env = { ...process.env, NODE_OPTIONS: '', UV_THREADPOOL_SIZE: `${threads}` };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return stdout.trim().split('\n');
}

it('digests do not depend on the number of threads, one or sixteen, nor on the run', async () => {
  const small = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`d${at % 7}/f${at}`, noise(at * 7, at)]),
  );
  const dir = await makeFiles(temp.path('dir'), {
    ...small,
    large: noise(2_500_000),
    other: noise(900_000, 2),
  });
  const one = await digests(dir, 1);
  expect(one).toHaveLength(8);
  // Squashing all layers is the same as flattening.
  expect(new Set(one).size).toBe(7);
  expect(await digests(dir, 16)).toEqual(one);
  expect(await digests(dir, 16)).toEqual(one);
}, 60_000);

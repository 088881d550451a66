import { stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { newTag } from '../../src/name/tag.js';
import { image as randomImage } from '../../src/random/image.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { countsReads, readsOf } from './read-calls.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const KIB = 1024;
const LAYERS = 200;
/** What is read for each entry: its header, and what comes along with that. */
const PER_ENTRY = 40 * KIB;

type Make = (path: string, layers: number, size: number) => Promise<void>;
const random = (layers: number, size: number): Image => randomImage(size, layers, { seed: layers });
const forms: readonly (readonly [form: string, make: Make])[] = [
  [
    'docker save',
    async (path, layers, size) => {
      const tars = Array.from({ length: layers }, (_, at) => tarOf([`${at}`, 'x'.repeat(size)]));
      await writeFile(path, dockerTar(dockerArchive({ layers: tars, tags: ['app:v1'] })));
    },
  ],
  ['crane', async (path, layers, size) => tarball.writeToFile(path, newTag('app:v1'), random(layers, size))],
  [
    'an OCI archive',
    async (path, layers, size) => tarball.writeOciToFile(path, newTag('app:v1'), random(layers, size)),
  ],
];

const INDEX = `
import * as tarball from 'ROOT/src/tarball/index.ts';
const image = await tarball.imageFromPath(process.argv[2]);
await image.layers();`;

const READ_ONE = `${INDEX}
const [layer] = await image.layers();
for await (const chunk of await layer.uncompressed()) chunk.length;`;

(countsReads ? describe : describe.skip)('an archive of many layers', () => {
  it.each(forms)(
    'of %s is indexed once, with reads that do not grow with its size',
    async (_form, make) => {
      const made = async (size: number): Promise<{ file: string; size: number }> => {
        const file = temp.path(`${size}.tar`);
        await make(file, LAYERS, size);
        return { file, size: (await stat(file)).size };
      };
      const small = await made(40 * KIB);
      const large = await made(160 * KIB);
      expect(large.size).toBeGreaterThan(3 * small.size);

      const few = await readsOf(temp.path(), INDEX, small.file);
      const reads = await readsOf(temp.path(), INDEX, large.file);
      expect(reads.bytes).toBeGreaterThan(LAYERS * 512);
      expect(reads.bytes).toBeLessThan(LAYERS * PER_ENTRY);
      expect(reads.bytes).toBeLessThan(1.5 * few.bytes);
      expect(reads.calls).toBeLessThan(1.5 * few.calls);

      const withOne = await readsOf(temp.path(), READ_ONE, large.file);
      expect(withOne.bytes - reads.bytes).toBeLessThan(320 * KIB);
    },
    60_000,
  );
});

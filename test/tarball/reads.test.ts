import { stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { newTag } from '../../src/name/tag.js';
import { image as randomImage } from '../../src/random/image.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import { dockerArchive, dockerTar } from '../support/docker-archive.js';
import { measure } from '../support/read-all.js';
import { countsReads, readsOf } from '../support/read-calls.js';
import { tarOf } from '../support/tar-of.js';
import { useTempDir } from '../support/temp-dir.js';

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

(countsReads ? describe : describe.skip)('an archive of many layers', () => {
  it.each(forms)(
    'of %s is indexed once, with reads that do not grow with its size',
    async (_form, make) => {
      const opened = async (layers: number, size: number) => {
        const path = temp.path(`${layers}-${size}.tar`);
        await make(path, layers, size);
        let image: Image | undefined;
        const reads = await readsOf(async () => {
          image = await tarball.imageFromPath(path, { tag: 'app:v1' });
          await image.layers();
        });
        return { reads, image: image!, size: (await stat(path)).size };
      };
      // Whatever is loaded lazily is there after this one.
      await opened(2, KIB);
      const small = await opened(LAYERS, 40 * KIB);
      const large = await opened(LAYERS, 160 * KIB);
      expect(large.size).toBeGreaterThan(3 * small.size);
      expect(large.reads.bytes).toBeLessThan(LAYERS * PER_ENTRY + 512 * KIB);
      expect(large.reads.bytes).toBeLessThan(1.5 * small.reads.bytes);
      expect(large.reads.calls).toBeLessThan(1.5 * small.reads.calls);

      const [layer] = await large.image.layers();
      const again = await readsOf(async () => measure(await layer!.uncompressed()));
      expect(again.bytes).toBeLessThan(320 * KIB);
    },
    60_000,
  );
});

import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { readTar } from '../../src/internal/tar/tar.js';
import * as mutate from '../../src/mutate/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { Image } from '../../src/v1/image.js';
import { paxEntry, rawEntry, TRAILER } from '../support/archives/raw-tar.js';
import { readAll } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';

const imageOf = (...parts: readonly Buffer[]): Image =>
  compressedToImage(storedImage({ tars: [Buffer.concat([...parts, TRAILER])] }));

async function tarsOf(image: Image): Promise<Buffer> {
  const layers = await image.layers();
  return Buffer.concat(await Promise.all(layers.map(async (layer) => readAll(await layer.uncompressed()))));
}

describe('records of a layer', () => {
  it('S5: from a global header are not repeated for each entry', async () => {
    const records = Array.from({ length: 200 }, (_, at) => [`k${at}`, 'v'.repeat(4000)] as const);
    const files = Array.from({ length: 500 }, (_, at) => rawEntry({ name: `f${at}` }));
    const image = imageOf(paxEntry(records, 'g'), ...files);
    const wanted = files.length * 512 + TRAILER.byteLength;
    expect((await readAll(mutate.extract(image))).byteLength).toBe(wanted);
    expect((await tarsOf(mutate.time(image, new Date(0)))).byteLength).toBe(wanted);
    expect((await tarsOf(mutate.flatten(image))).byteLength).toBe(wanted);
  });

  it('S6: keep empty extended attributes when a layer is rewritten', async () => {
    const empty = { 'SCHILY.xattr.user.a': '', 'LIBARCHIVE.xattr.user.b': '' };
    const image = imageOf(paxEntry(Object.entries(empty)), rawEntry({ name: 'f' }, 'x'));
    const views = {
      export: async () => readAll(mutate.extract(image)),
      time: async () => tarsOf(mutate.time(image, new Date(0))),
      flatten: async () => tarsOf(mutate.flatten(image)),
    };
    for (const [name, view] of Object.entries(views)) {
      for await (const { header } of readTar(Readable.from([await view()]))) {
        expect([name, { ...header.pax }]).toEqual([name, empty]);
      }
    }
  });
});

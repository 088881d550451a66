import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { open } from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import { image as validate } from '../../src/validate/image.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { tarOf } from '../support/archives/tar-of.js';

/** An archive with a layer in this form. */
async function imageWith(layer: Buffer, tar: Buffer, name?: string): Promise<Image> {
  const archive = dockerTar(
    dockerArchive({ layers: [layer], tars: [tar], ...(name !== undefined && { names: [name] }) }),
  );
  const { images } = await open(() => Readable.from([archive], { objectMode: false }));
  return images[0]!.open();
}

describe('a gzip layer of a docker archive with zeros behind its data', () => {
  // The lengths end with a different number of zero bytes.
  const contents: readonly (readonly [string, Buffer])[] = [
    ['small', tarOf(['small', 'x'])],
    ['64 KiB', tarOf(['large', 'y'.repeat(65_536 - 1536)])],
    ['larger', tarOf(['larger', 'z'.repeat(300_000)])],
  ];
  const cases = contents.flatMap(([what, tar]) =>
    [3, 7, 9, 512, 9000].map((zeros) => [what, zeros, tar] as const),
  );

  it.each(cases)('K14: is read without the zeros: %s, %i zeros', async (_what, zeros, tar) => {
    const packed = gzipSync(tar);
    const padded = Buffer.concat([packed, Buffer.alloc(zeros)]);
    for (const name of [undefined, `${sha256Of(padded).slice(7)}.tar.gz`]) {
      const image = await imageWith(padded, tar, name);
      const [layer] = await image.layers();
      expect([await layer!.digest(), await layer!.size()]).toEqual([sha256Of(packed), packed.byteLength]);
      expect(Buffer.compare(await readAll(await layer!.compressed()), packed)).toBe(0);
      expect(Buffer.compare(await readAll(await layer!.uncompressed()), tar)).toBe(0);
      await validate(image);
    }
  });

  it('K14: keeps an empty member at the end, which ends in zeros', async () => {
    const [, tar] = contents[0]!;
    const packed = Buffer.concat([gzipSync(tar), gzipSync('')]);
    for (const zeros of [0, 100]) {
      const image = await imageWith(Buffer.concat([packed, Buffer.alloc(zeros)]), tar);
      expect(await (await image.layers())[0]!.digest()).toBe(sha256Of(packed));
    }
  });
});

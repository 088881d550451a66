import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { readTar } from '../../src/internal/tar/tar.js';
import * as random from '../../src/random/index.js';
import { singleFileTar } from '../../src/random/tar-file.js';
import { dockerLayer, ociLayer, ociUncompressedLayer } from '../../src/v1/types.js';
import {
  expectAbortable,
  expectConsistentLayer,
  expectFreshStreams,
  expectNoLeak,
} from '../contract/layer-checks.js';
import { readAll } from '../support/tools/read-all.js';
import { useTempDir } from '../support/tools/temp-dir.js';

describe('random.layer', () => {
  const dir = useTempDir();

  it.each([{ size: 0 }, { size: 1 }, { size: 512 }, { size: 300_000 }])(
    'is a consistent layer of $size bytes',
    async ({ size }) => {
      const layer = random.layer(size, undefined, { seed: 'layer' });
      await expectConsistentLayer(layer);
      await expectFreshStreams(async () => layer.uncompressed());
      await expectNoLeak(async () => layer.compressed());
      await expectNoLeak(async () => layer.uncompressed());
      await expectAbortable(layer);
    },
  );

  it('has the same bytes for the same seed, on every machine', async () => {
    const layer = random.layer(1_000_000, undefined, { seed: 'golden' });
    expect(await layer.diffId()).toBe(
      'sha256:9b9095dbdbe867eefea7d466561f12832106ec3853efa8ab974e5b3c23c6a1bb',
    );
    expect(await layer.digest()).toBe(
      'sha256:472b8ceaef9235f2b6236ac17df4e747fa875cd4668be7be379dedf6b8dabb71',
    );
  });

  it('has different bytes for another seed, and without a seed', async () => {
    const layers = [{ seed: 1 }, { seed: 2 }, {}, {}].map((options) => random.layer(100, undefined, options));
    const ids = await Promise.all(layers.map(async (layer) => layer.diffId()));
    expect(new Set(ids).size).toBe(4);
  });

  it('contains one file of the given size', async () => {
    const entries = [];
    for await (const { header } of readTar(await random.layer(12_345).uncompressed())) entries.push(header);
    expect(entries).toEqual([
      expect.objectContaining({
        name: expect.stringMatching(/^random_file_[0-9a-f]{16}\.txt$/),
        type: 'file',
        size: 12_345,
      }),
    ]);
  });

  it('can be read by the tar command', async () => {
    const path = dir.path('layer.tar');
    await pipeline(await random.layer(2000).uncompressed(), createWriteStream(path));
    expect(execFileSync('tar', ['-tvf', path], { encoding: 'utf8' })).toMatch(
      /^-rw-r--r-- 0\/0 +2000 .*random_file_/,
    );
  });

  it('writes sizes that need more than eleven octal digits', async () => {
    const [header] = singleFileTar('big', 2 ** 40, (length) => Buffer.alloc(length));
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield header!;
    }
    for await (const entry of readTar(Readable.from(bytes(), { objectMode: false }))) {
      expect(entry.header.size).toBe(2 ** 40);
      break;
    }
  });

  it('has the compression of its media type', async () => {
    expect(await random.layer(1).mediaType()).toBe(dockerLayer);
    expect((await readAll(await random.layer(1, ociLayer).compressed())).subarray(0, 2)).toEqual(
      Buffer.from([0x1f, 0x8b]),
    );
    const plain = random.layer(1, ociUncompressedLayer);
    expect(await plain.digest()).toBe(await plain.diffId());
  });

  it('T19: is made only as far as it is read, whatever its size', async () => {
    const layer = random.layer(2 ** 50, undefined, { seed: 1 });
    let bytes = 0;
    for await (const chunk of (await layer.uncompressed()) as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > 1_000_000) break;
    }
    expect(await layer.uncompressedSize!()).toBeGreaterThan(2 ** 50);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 60])('refuses a size of %p', (size) => {
    expect(() => random.layer(size)).toThrow(TypeError);
  });
});

describe('random.image', () => {
  it('is the same for the same seed, and its layers differ', async () => {
    const make = async (seed: string): Promise<string> => random.image(100, 3, { seed }).digest();
    expect(await make('a')).toBe(await make('a'));
    expect(await make('a')).not.toBe(await make('b'));
    const ids = (await random.image(100, 3, { seed: 'a' }).configFile()).rootfs.diff_ids;
    expect(new Set(ids).size).toBe(3);
  });

  it('has a step in the history for each layer', async () => {
    const { history } = await random.image(1, 2).configFile();
    expect(history?.map(({ comment }) => comment)).toEqual([
      'this is a random history 0 of 2',
      'this is a random history 1 of 2',
    ]);
  });

  it('refuses numbers that are not counts', () => {
    expect(() => random.image(1, -1)).toThrow(TypeError);
    expect(() => random.index(1, 1, 0.5)).toThrow(TypeError);
  });
});

describe('random.index', () => {
  it('is the same for the same seed, and its images differ', async () => {
    const make = (): ReturnType<typeof random.index> => random.index(10, 1, 3, { seed: 'x' });
    expect(await make().digest()).toBe(await make().digest());
    const { manifests } = await make().indexManifest();
    expect(new Set(manifests.map(({ digest }) => digest)).size).toBe(3);
  });
});

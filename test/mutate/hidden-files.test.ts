import { describe, expect, it } from '@jest/globals';
import { SourceChangedError } from '../../src/errors/source-changed.js';
import { readTar } from '../../src/internal/tar/tar.js';
import * as mutate from '../../src/mutate/index.js';
import type { Image } from '../../src/v1/image.js';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { file, layeredImage, link } from '../support/images/layered-image.js';
import { readAll } from '../support/tools/read-all.js';
import { unpackInMemory } from '../support/archives/unpack-in-memory.js';

/** An image, and how often each of its layers was opened. */
async function watchedImage(layers: readonly (readonly LayerEntry[])[]) {
  const image = await layeredImage(layers);
  const opened = layers.map(() => 0);
  const watched: Image = {
    ...image,
    layers: async (o) =>
      (await image.layers(o)).map((layer, at) => ({
        ...layer,
        uncompressed: async (options) => {
          opened[at]! += 1;
          return layer.uncompressed(options);
        },
      })),
  };
  return { image: watched, opened };
}

/** Fails if a temporary file is created during `work`. */
async function withoutTemporaryFiles(work: () => Promise<void>): Promise<void> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = '/nowhere';
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

describe('extract', () => {
  describe('Q3: hidden files that have hard links', () => {
    const large = 'x'.repeat(6 * 1024 * 1024);

    it('are not kept in memory or on disk, and their layer is read once', async () => {
      const { image, opened } = await watchedImage([[file('a', large), file('b', '1')], [file('a', '2')]]);
      await withoutTemporaryFiles(async () => {
        expect(await readAll(mutate.extract(image))).toHaveLength(6 * 512);
      });
      expect(opened).toEqual([1, 1]);
    });

    it('are read again from their layer if a visible link leads to them, and no other layer is read again', async () => {
      const { image, opened } = await watchedImage([
        [file('z', '0')],
        [file('a', large), link('b', 'a')],
        [file('a', '2')],
      ]);
      await withoutTemporaryFiles(async () => {
        const found = await unpackInMemory(mutate.extract(image));
        expect(found.get('b')!.content).toBe(large);
      });
      expect(opened).toEqual([1, 2, 1]);
    });

    it('are found even if their own layer replaces them', async () => {
      const lower = [file('a', '1'), link('b', 'a'), file('a', '2'), link('c', 'a')];
      const image = await layeredImage([lower, [file('.wh.a', '')]]);
      const found = await unpackInMemory(mutate.extract(image));
      expect([...found].map(([path, { content }]) => [path, content])).toEqual([
        ['b', '1'],
        ['c', '2'],
      ]);
    });

    it('fail if their layer has other content when it is read again', async () => {
      const { image } = await watchedImage([[file('a', '1'), link('b', 'a')], [file('a', '2')]]);
      const other = await (await layeredImage([[file('x', '1')]])).layers();
      const [lower, upper] = await image.layers();
      let reads = 0;
      const changing: Image = {
        ...image,
        layers: async () => [
          {
            ...lower!,
            uncompressed: async (options) => ((reads += 1) === 1 ? lower! : other[0]!).uncompressed(options),
          },
          upper!,
        ],
      };
      await expect(readAll(mutate.extract(changing))).rejects.toBeInstanceOf(SourceChangedError);
    });
  });

  it('Q4: leaves out a hard link to itself, because it has no effect', async () => {
    const image = await layeredImage([[file('a', '1'), link('a', 'a'), link('b', './a')]]);
    const names: string[] = [];
    for await (const { header } of readTar(mutate.extract(image))) names.push(header.name);
    expect(names).toEqual(['a', 'b']);
  });
});

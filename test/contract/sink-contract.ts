import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { image as emptyImage } from '../../src/empty/image.js';
import { ContainerError } from '../../src/errors/base.js';
import { appendLayers } from '../../src/mutate/append.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { newLayer as newStreamLayer } from '../../src/stream/layer.js';
import * as validate from '../../src/validate/index.js';
import { chunked } from '../support/archives/chunked.js';
import { eventually } from '../support/tools/open-handles.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { recordingImage } from '../support/images/recording-image.js';
import { expectKept } from './expect-kept.js';
import { big, original, other } from './originals.js';
import type { SinkKind } from './sink.js';
import { useSink } from './use-sink.js';

/** The contract that every sink of images must keep. */
export function describeSinkContract(kind: SinkKind): void {
  describe(`${kind.name} keeps the contract of sinks:`, () => {
    const sink = useSink(kind);

    it('is empty at first', async () => {
      expect(await sink().holds()).toBe(false);
      expect(await sink().leftovers()).toEqual([]);
    });

    it('returns the image that was written', async () => {
      await sink().write(original());
      expect(await sink().holds()).toBe(true);
      expect(await sink().leftovers()).toEqual([]);
      await expectKept(await sink().read(), original(), kind);
      await validate.image(await sink().read());
    });

    it('returns an image without layers, or refuses to write it', async () => {
      await sink().write(emptyImage);
      if (kind.runsOnly === true) {
        await expect(sink().read().then(validate.image)).rejects.toBeInstanceOf(ContainerError);
        return;
      }
      await expectKept(await sink().read(), emptyImage, kind);
    });

    it('replaces the previous content of the name', async () => {
      await sink().write(original());
      await sink().write(other());
      await expectKept(await sink().read(), other(), kind);
    });

    it('reads each layer once, and leaves no stream open', async () => {
      const { image, counts, opened } = await recordingImage(original());
      await sink().write(image);
      expect(counts).toEqual([1, 1, 1]);
      expect(await eventually(() => opened.every(({ closed }) => closed))).toBe(true);
    });

    it('has the same content after a second write', async () => {
      await sink().write(original());
      const before = await sink().storedBytes();
      const { image, counts } = await recordingImage(original());
      await sink().write(image);
      expect(counts).toEqual(kind.remembers === true ? [0, 0, 0] : [1, 1, 1]);
      expect(await sink().storedBytes()).toBe(before);
      await expectKept(await sink().read(), original(), kind);
    });

    it('stores a layer once that occurs twice in an image', async () => {
      const twice = compressedToImage(storedImage({ tars: [big, tarOf(['app', 'two']), big] }));
      const size = (await twice.manifest()).layers[0]!.size;
      const { image, counts } = await recordingImage(twice);
      await sink().write(image);
      if (kind.repeats !== true) {
        expect(counts[0]! + counts[2]!).toBe(1);
        expect(await sink().storedBytes()).toBeLessThan(2 * size);
      }
      await expectKept(await sink().read(), twice, kind);
      await validate.image(await sink().read());
    });

    it('accepts layers that can be read only once', async () => {
      const streamed = appendLayers(original(), [
        newStreamLayer(chunked(big, [70_000])),
        newStreamLayer(chunked(tarOf(['streamed', 'too']))),
      ]);
      await sink().write(streamed);
      const known = await Promise.all((await streamed.layers()).map(async (layer) => layer.diffId()));
      const read = await sink().read();
      expect((await read.configFile()).rootfs.diff_ids).toEqual(known);
      expect(await read.configName()).toBe(await streamed.configName());
      await validate.image(read);
    });

    it('leaves nothing in the directory for temporary files', async () => {
      const spools = async (): Promise<readonly string[]> =>
        (await readdir(tmpdir())).filter((name) => name.includes('spool'));
      const before = await spools();
      await sink().write(appendLayers(original(), [newStreamLayer(chunked(big))]));
      expect(await spools()).toEqual(before);
    });
  });
}

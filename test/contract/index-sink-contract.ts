import { describe, expect, it } from '@jest/globals';
import { index as emptyIndex } from '../../src/empty/image-index.js';
import { appendManifests } from '../../src/mutate/views/index-children.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import { newLayer } from '../../src/static/layer.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import { meter } from '../../src/progress/meter.js';
import type { ProgressEvent } from '../../src/v1/progress.js';
import { isImage, isIndex, ociUncompressedLayer } from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { stalled } from '../support/archives/chunked.js';
import { eventually } from '../support/tools/open-handles.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { recordingImage } from '../support/images/recording-image.js';
import { faults } from './broken-layers.js';
import { big } from './originals.js';
import type { Sink, SinkKind } from './sink.js';
import { useSink } from './use-sink.js';

const platform = (architecture: string) => ({ os: 'linux', architecture });
const imageFor = (architecture: string) =>
  compressedToImage(
    storedImage({
      tars: [big, tarOf(['for', architecture])],
      config: (config) => ({ ...config, architecture }),
    }),
  );

/** An index with images for two platforms that share a layer, a nested index, and a layer. */
const original = (): ImageIndex =>
  appendManifests(emptyIndex, [
    { add: imageFor('amd64'), descriptor: { platform: platform('amd64') } },
    { add: imageFor('arm64'), descriptor: { platform: platform('arm64'), annotations: { a: 'b' } } },
    { add: randomIndex(500, 1, 2, { seed: 'nested' }) },
    { add: newLayer(Buffer.alloc(1024), ociUncompressedLayer) },
  ]);
const other = (): ImageIndex => randomIndex(300, 1, 1, { seed: 'other' });

/** The contract that every sink of indexes must keep. */
export function describeIndexSinkContract(kind: SinkKind): void {
  describe(`${kind.name} keeps the contract of sinks of indexes:`, () => {
    const sink = useSink(kind);
    const write: NonNullable<Sink['writeIndex']> = async (index, options) =>
      sink().writeIndex!(index, options);
    const expectKept = async (written: ImageIndex): Promise<void> => {
      const read = await sink().readIndex!();
      await expectSame(read, written);
      await validate.index(read);
    };
    /** An index with an image that records how its layers are read. */
    const indexWithRecording = async (change: Parameters<typeof recordingImage>[1]) => {
      const recording = await recordingImage(imageFor('s390x'), change);
      return { ...recording, index: appendManifests(original(), [{ add: recording.image }]) };
    };

    it.each([
      ['an index with images, an index and a layer', original],
      ['an index without children', () => emptyIndex],
    ])('returns %s as it was written', async (_title, make) => {
      await write(make());
      await expectKept(make());
      expect(await sink().leftovers()).toEqual([]);
    });

    it('stores a layer of several images once', async () => {
      await write(original());
      const { layers } = await imageFor('amd64').manifest();
      expect(await sink().storedBytes()).toBeLessThan(2 * layers[0]!.size);
    });

    it('has the same content after a second write', async () => {
      await write(original());
      const before = await sink().storedBytes();
      const { index, counts } = await indexWithRecording(undefined);
      await write(original());
      expect(await sink().storedBytes()).toBe(before);
      await expectKept(original());
      // The sink reads layers once that two images of the index share.
      await write(index);
      expect(counts[0]! + counts[1]!).toBeLessThanOrEqual(2);
      await expectKept(index);
    });

    it('replaces the previous content of the name', async () => {
      await write(other());
      await write(original());
      await expectKept(original());
    });

    it('reports the progress of every manifest', async () => {
      const events: ProgressEvent[] = [];
      await write(original(), { onProgress: (event) => events.push(event) });
      const reported = events.filter(({ kind }) => kind === 'manifest').map(({ digest }) => digest);
      expect([...reported].sort()).toEqual([...(await manifestsOf(original()))].sort());
    });

    it('lets a meter know the total, and ends with all bytes', async () => {
      const counted = meter();
      await write(original(), { onProgress: counted.onProgress });
      const { done, total, isTotalFinal, perBlob } = counted.snapshot();
      expect({ done, isTotalFinal }).toEqual({ done: total, isTotalFinal: true });
      expect(perBlob.every(({ state }) => state === 'done' || state === 'existing')).toBe(true);
    });

    it.each(faults)('is unchanged if a layer of a child $title', async ({ change }) => {
      await write(other());
      const { index, opened } = await indexWithRecording((layer, at) => (at === 1 ? change(layer) : {}));
      await expect(write(index)).rejects.toThrow();
      await expectKept(other());
      expect(await sink().leftovers()).toEqual([]);
      expect(await eventually(() => opened.every(({ closed }) => closed))).toBe(true);
    });

    it('is unchanged if the write is aborted while a child is read', async () => {
      await write(other());
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      const hanging = async () => {
        setImmediate(() => {
          controller.abort(reason);
        });
        return Promise.resolve(stalled(Buffer.alloc(10)));
      };
      const { index, opened } = await indexWithRecording((_layer, at) =>
        at === 1 ? { compressed: hanging } : {},
      );
      await expect(write(index, { signal: controller.signal })).rejects.toBe(reason);
      await expectKept(other());
      expect(await sink().leftovers()).toEqual([]);
      expect(await eventually(() => opened.every(({ closed }) => closed))).toBe(true);
    });
  });
}

/** The digests of an index and of every manifest in it, at any depth. */
async function manifestsOf(index: ImageIndex): Promise<ReadonlySet<string>> {
  const found = new Set<string>([await index.digest()]);
  for (const { digest, mediaType } of (await index.indexManifest()).manifests) {
    if (isImage(mediaType)) found.add(digest);
    if (isIndex(mediaType))
      for (const below of await manifestsOf(await index.imageIndex(digest))) found.add(below);
  }
  return found;
}

async function expectSame(read: ImageIndex, written: ImageIndex): Promise<void> {
  expect(Buffer.from(await read.rawManifest())).toEqual(Buffer.from(await written.rawManifest()));
  expect(await read.digest()).toBe(await written.digest());
  for (const { digest, mediaType } of (await written.indexManifest()).manifests) {
    if (isIndex(mediaType)) await expectSame(await read.imageIndex(digest), await written.imageIndex(digest));
    else if (isImage(mediaType)) expect(await (await read.image(digest)).digest()).toBe(digest);
    else expect(await (await read.layer!(digest)).digest()).toBe(digest);
  }
}

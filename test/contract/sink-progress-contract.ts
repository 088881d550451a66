import { describe, expect, it } from '@jest/globals';
import { appendLayers } from '../../src/mutate/append.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { newLayer as newStreamLayer } from '../../src/stream/layer.js';
import type { Image } from '../../src/v1/image.js';
import { meter, type ProgressSnapshot } from '../../src/progress/meter.js';
import type { BlobProgress, ProgressEvent, ReportedBlob } from '../../src/v1/progress.js';
import { chunked } from '../support/archives/chunked.js';
import { noise } from '../support/tools/noise.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { recordingImage } from '../support/images/recording-image.js';
import { faults } from './broken-layers.js';
import { big, original } from './originals.js';
import type { SinkKind } from './sink.js';
import { useSink } from './use-sink.js';

/** A layer that is large enough for every sink to report progress while it is written. */
const large = tarOf(['large', noise(1_500_000).toString('latin1')]);
const failingLayer = faults.find(({ title }) => title === 'breaks in the middle')!;

/** The contract that the progress events of every sink must keep. */
export function describeSinkProgressContract(kind: SinkKind): void {
  describe(`${kind.name} keeps the contract of progress:`, () => {
    const openSink = useSink(kind);
    const eventsOf = async (image: Image): Promise<readonly ProgressEvent[]> => {
      const events: ProgressEvent[] = [];
      await openSink().write(image, { onProgress: (event) => events.push(event) });
      return events;
    };

    it('reports every blob once, with all of its bytes', async () => {
      const twice = compressedToImage(storedImage({ tars: [big, tarOf(['app', 'two']), big] }));
      const events = await eventsOf(twice);
      const { config, layers } = await twice.manifest();
      const sizes = new Map([config, ...layers].map(({ digest, size }) => [digest as string, size]));
      const blobs = byDigest(events);
      expect([...blobs.keys()].sort()).toEqual([...sizes.keys()].sort());
      for (const [digest, blobEvents] of blobs) {
        expect(blobEvents.map(({ state }) => state).join(' ')).toMatch(/^(started (progress )*)?done$/);
        const transferred = blobEvents.map((event) => event.transferred);
        expect(transferred).toEqual([...transferred].sort((a, b) => a - b));
        expect(blobEvents.at(-1)).toMatchObject({ size: sizes.get(digest), transferred: sizes.get(digest) });
      }
    });

    it('reports all blobs and their sizes before the first byte', async () => {
      const events = await eventsOf(original());
      const plan = events.find((event) => event.kind === 'plan');
      const { config, layers } = await original().manifest();
      expect(events[0]).toBe(plan);
      expect(sorted(plan!.blobs)).toEqual(sorted([config, ...layers]));
      expect(plan).toMatchObject({ manifests: [], target: events.find(isBlob)!.target });
    });

    it('lets a meter know the total from the first event on, and ends with all bytes', async () => {
      const snapshots: ProgressSnapshot[] = [];
      const counted = meter({ interval: 0, onUpdate: (snapshot) => snapshots.push(snapshot) });
      await openSink().write(original(), { onProgress: counted.onProgress });
      const { config, layers } = await original().manifest();
      const total = [config, ...layers].reduce((sum, { size }) => sum + size, 0);
      for (const snapshot of snapshots) expect(snapshot).toMatchObject({ total, isTotalFinal: true });
      expect(snapshots[0]!.done).toBe(0);
      expect(counted.snapshot()).toMatchObject({ done: total, total });
    });

    it('names one sink and one target', async () => {
      const events = await eventsOf(original());
      expect(new Set(events.map(({ sink }) => sink)).size).toBe(1);
      const targets = events.filter(isBlob).map(({ target }) => target);
      expect(new Set(targets).size).toBe(1);
    });

    it('reports the manifest once, if the format has one', async () => {
      const events = await eventsOf(original());
      const manifests = events.filter(({ kind }) => kind === 'manifest');
      const [digest, size] = [await original().digest(), await original().size()];
      if (kind.keeps === 'manifest') expect(manifests).toHaveLength(1);
      expect(manifests).toMatchObject(manifests.length === 0 ? [] : [{ state: 'done', digest, size }]);
    });

    it('transfers nothing that exists already', async () => {
      await openSink().write(original());
      const states = (await eventsOf(original())).filter(isBlob).map(({ state }) => state);
      if (kind.remembers === true) for (const state of states) expect(state).toBe('existing');
    });

    it('reports the digest of a stream at its end, or earlier', async () => {
      const image = appendLayers(original(), [newStreamLayer(chunked(tarOf(['streamed', 'one'])))]);
      const events = await eventsOf(image);
      const added = (await image.manifest()).layers.at(-1)!;
      const done = byDigest(events.filter((event) => event.state === 'done')).get(added.digest);
      expect(done).toMatchObject([{ size: added.size, transferred: added.size }]);
      const counted = meter();
      for (const event of events) counted.onProgress(event);
      const { done: bytes, total, isTotalFinal } = counted.snapshot();
      expect({ bytes, isTotalFinal }).toEqual({ bytes: total, isTotalFinal: true });
    });

    it('reports the failure, and no published manifest', async () => {
      const { image } = await recordingImage(original(), (layer, at) =>
        at === 1 ? failingLayer.change(layer) : {},
      );
      const events: ProgressEvent[] = [];
      await expect(openSink().write(image, { onProgress: (event) => events.push(event) })).rejects.toThrow();
      const digest = (await original().manifest()).layers[1]!.digest;
      const states = byDigest(events)
        .get(digest)!
        .map(({ state }) => state);
      expect(states[0]).toBe('started');
      expect(states.at(-1)).toBe('failed');
      expect(events.filter(({ kind }) => kind === 'manifest')).toEqual([]);
    });

    it.each(['started', 'progress', 'done'])(
      'fails with an error that onProgress throws at %s',
      async (state) => {
        const thrown = new Error('I saw enough');
        const { image, opened } = await recordingImage(compressedToImage(storedImage({ tars: [large] })));
        const writing = openSink().write(image, {
          onProgress: (event) => {
            if (event.state === state) throw thrown;
          },
        });
        await expect(writing).rejects.toBe(thrown);
        expect(await openSink().holds()).toBe(false);
        expect(await openSink().leftovers()).toEqual([]);
        expect(opened.filter(({ destroyed }) => !destroyed)).toEqual([]);
      },
    );
  });
}

/** Digest and size of each blob, by digest. */
function sorted(blobs: readonly ReportedBlob[]): readonly ReportedBlob[] {
  return blobs
    .map(({ digest, size }) => ({ digest, size }))
    .sort((a, b) => (a.digest ?? '').localeCompare(b.digest ?? ''));
}

const isBlob = (event: ProgressEvent): event is BlobProgress => event.kind === 'blob';

function byDigest(events: readonly ProgressEvent[]): ReadonlyMap<string, readonly BlobProgress[]> {
  const found = new Map<string, BlobProgress[]>();
  for (const event of events.filter(isBlob)) {
    const { digest = '' } = event;
    found.set(digest, [...(found.get(digest) ?? []), event]);
  }
  return found;
}

import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { image as emptyImage } from '../../src/empty/image.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { appendLayers } from '../../src/mutate/append.js';
import { time } from '../../src/mutate/time.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { uncompressedToLayer } from '../../src/partial/layers/uncompressed-layer.js';
import * as random from '../../src/random/index.js';
import { serve } from '../../src/registry/serve.js';
import { write } from '../../src/remote/push.js';
import type { Image } from '../../src/v1/image.js';
import type { Layer } from '../../src/v1/layer.js';
import { eventually } from '../support/tools/open-handles.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';

/** How many unlinked files the process has open. Up to 16 may stay open while nothing is written. */
function openSpools(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('.spool');
    } catch {
      return false;
    }
  }).length;
}
const few = async (): Promise<boolean> => eventually(() => openSpools() <= 16);

/** Different layers that are too large for the memory of a spool. */
const tars = Array.from({ length: 25 }, (_, seed) => random.layer(700_000, undefined, { seed }));
const image = (seed: number): Image => random.image(700_000, 2, { seed });

function counted(source: Layer): { readonly layer: Layer; readonly reads: () => number } {
  let reads = 0;
  const layer = uncompressedToLayer({
    uncompressed: async (options) => {
      reads += 1;
      return source.uncompressed(options);
    },
  });
  return { layer, reads: () => reads };
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;
onLinux('the spools of layers that were compressed', () => {
  it('K13: temporary files of layers are closed if many images were only asked for their digests', async () => {
    const images = Array.from({ length: 30 }, (_, seed) => time(image(seed), new Date(0)));
    const digests = [];
    for (const one of images) digests.push(await one.digest());
    expect(new Set(digests).size).toBe(images.length);
    expect(await few()).toBe(true);
  });

  it('K13: temporary files of layers are kept during a write, so that no layer is compressed twice, and closed after it', async () => {
    const registry = await serve();
    try {
      const sources = tars.map(counted);
      const whole = appendLayers(
        emptyImage,
        sources.map(({ layer }) => layer),
      );
      await write(parseReference(`${registry.host}/app:v1`), whole);
      expect(sources.map(({ reads }) => reads())).toEqual(sources.map(() => 1));
      expect(await few()).toBe(true);
    } finally {
      await registry.close();
    }
  });

  it('K13: a closed temporary file is made again, with the same bytes, when its layer is read', async () => {
    const layers = tars.map(counted);
    const digests = [];
    for (const { layer } of layers) digests.push(await layer.digest());
    expect(await few()).toBe(true);
    const [first] = layers;
    const streams = await Promise.all([first!.layer.compressed(), first!.layer.compressed()]);
    for (const bytes of await Promise.all(streams.map(readAll))) expect(sha256Of(bytes)).toBe(digests[0]);
    expect(first!.reads()).toBe(2);
    const last = layers.at(-1)!;
    await readAll(await last.layer.compressed());
    expect(last.reads()).toBe(1);
  });

  it('K13: a closed temporary file is not made again from other bytes than before', async () => {
    const [one, other, ...others] = tars;
    let changed = false;
    const layer = uncompressedToLayer({
      uncompressed: async (options) => (changed ? other! : one!).uncompressed(options),
    });
    await layer.digest();
    for (const tar of others)
      await uncompressedToLayer({ uncompressed: async (options) => tar.uncompressed(options) }).digest();
    changed = true;
    await expect(layer.compressed()).rejects.toBeInstanceOf(DigestMismatchError);
  });
});

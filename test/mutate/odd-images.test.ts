import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { append } from '../../src/crane/changing/append.js';
import { changeConfig } from '../../src/crane/changing/change-config.js';
import { image as emptyImage } from '../../src/empty/image.js';
import * as mutate from '../../src/mutate/index.js';
import { layerFromOpener } from '../../src/partial/index.js';
import type { Image } from '../../src/v1/image.js';
import * as validate from '../../src/validate/index.js';
import { imageFor } from '../support/images/platform-images.js';
import { addedTar, oddImages, oddIndexes } from './odd-images.js';

const MOMENT = new Date('2020-01-02T03:04:05Z');
const added = layerFromOpener(() => Readable.from([addedTar], { objectMode: false }));

type Change = (image: Image) => Image | Promise<Image>;

/** Changes that give an image that is sound, whatever its history was. */
const MENDING: Readonly<Record<string, Change>> = {
  append: async (image) => append(image, [added]),
  flatten: (image) => mutate.flatten(image),
  rebase: (image) => mutate.rebase(image, emptyImage, imageFor('base')),
};

/** Changes that leave the history as it was. */
const OTHER: Readonly<Record<string, Change>> = {
  labels: async (image) => changeConfig(image, { labels: { a: 'b' } }),
  time: (image) => mutate.time(image, MOMENT),
  canonical: (image) => mutate.canonical(image),
  'the times lowered': (image) => mutate.rewriteTimestamps(image, MOMENT),
  'the time of creation': (image) => mutate.createdAt(image, MOMENT),
  compression: (image) => mutate.recompress(image, 'none'),
  "Docker's types": (image) => mutate.toDocker(image),
  "OCI's types": (image) => mutate.toOci(image),
};

const named = (changes: Readonly<Record<string, Change>>) => Object.entries(changes);

describe.each(Object.entries(oddImages))('I13: an image with %s', (_name, image) => {
  it.each(named(MENDING))('is valid after %s', async (_verb, change) => {
    await expect(validate.image(await change(image))).resolves.toBeUndefined();
  });

  it.each(named(OTHER))('has no new findings after %s', async (_verb, change) => {
    const before = await faultsOf(image);
    const after = await faultsOf(await change(image));
    expect(after.filter((fault) => !before.includes(fault))).toEqual([]);
  });

  it('is valid without its lowest layer, and with all layers squashed', async () => {
    if ((await image.layers()).length === 0) return;
    await expect(validate.image(mutate.removeLayer(image, 0))).resolves.toBeUndefined();
    await expect(validate.image(mutate.squash(image))).resolves.toBeUndefined();
  });
});

describe.each(Object.entries(oddIndexes))('I13: an index with %s', (_name, make) => {
  it.each(named(OTHER))('is valid after %s of each image', async (_verb, change) => {
    const index = await make();
    const changed = mutate.mapImages(index, async (image) => {
      const { os } = await image.configFile();
      return os === 'unknown' ? image : change(image);
    });
    await expect(validate.index(changed)).resolves.toBeUndefined();
    expect((await changed.indexManifest()).manifests).toHaveLength(
      (await index.indexManifest()).manifests.length,
    );
  });
});

async function faultsOf(image: Image): Promise<readonly string[]> {
  const error: unknown = await validate.image(image).catch((caught: unknown) => caught);
  return error === undefined
    ? []
    : (error as Error).message.replaceAll(/sha256:[0-9a-f]+/g, 'a digest').split('\n');
}

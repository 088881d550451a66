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

/** Changes that give a valid image, whatever the history of the base is. */
const REPAIRING: Readonly<Record<string, Change>> = {
  append: async (image) => append(image, [added]),
  flatten: (image) => mutate.flatten(image),
  rebase: (image) => mutate.rebase(image, emptyImage, imageFor('base')),
};

/** Changes that keep the steps of the history. */
const KEEPING_STEPS: Readonly<Record<string, Change>> = {
  labels: async (image) => changeConfig(image, { labels: { a: 'b' } }),
  time: (image) => mutate.time(image, MOMENT),
  canonical: (image) => mutate.canonical(image),
  'the times lowered': (image) => mutate.rewriteTimestamps(image, MOMENT),
  'the time of creation': (image) => mutate.createdAt(image, MOMENT),
  compression: (image) => mutate.recompress(image, 'none'),
  "Docker's types": (image) => mutate.toDocker(image),
  "OCI's types": (image) => mutate.toOci(image),
};

const entriesOf = (changes: Readonly<Record<string, Change>>) => Object.entries(changes);

describe.each(Object.entries(oddImages))('I13: an image with %s', (_name, image) => {
  it.each(entriesOf(REPAIRING))('is valid after %s', async (_verb, change) => {
    await expect(validate.image(await change(image))).resolves.toBeUndefined();
  });

  it.each(entriesOf(KEEPING_STEPS))('has no new findings after %s', async (_verb, change) => {
    const before = await findingsOf(image);
    const after = await findingsOf(await change(image));
    expect(after.filter((finding) => !before.includes(finding))).toEqual([]);
  });

  it('is valid without its lowest layer, and with all layers squashed', async () => {
    if ((await image.layers()).length === 0) return;
    await expect(validate.image(mutate.removeLayer(image, 0))).resolves.toBeUndefined();
    await expect(validate.image(mutate.squash(image))).resolves.toBeUndefined();
  });
});

describe.each(Object.entries(oddIndexes))('I13: an index with %s', (_name, make) => {
  it.each(entriesOf(KEEPING_STEPS))('is valid after %s of each image', async (_verb, change) => {
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

async function findingsOf(image: Image): Promise<readonly string[]> {
  const error: unknown = await validate.image(image).catch((caught: unknown) => caught);
  return error === undefined
    ? []
    : (error as Error).message.replaceAll(/sha256:[0-9a-f]+/g, 'a digest').split('\n');
}

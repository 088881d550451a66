import { describe, expect, it } from '@jest/globals';
import { drain } from '../../src/internal/streams/consume.js';
import { memoryAccess } from '../../src/internal/files/random-access.js';
import { indexTar } from '../../src/internal/tar/entry-index.js';
import * as mutate from '../../src/mutate/index.js';
import type { Image } from '../../src/v1/image.js';
import * as validate from '../../src/validate/index.js';
import { useStepCounter } from '../support/tools/count-steps.js';
import { growingLayers } from './growing-layers.js';
import { layeredImage } from '../support/images/layered-image.js';
import { readAll } from '../support/tools/read-all.js';
import { useTempDir } from '../support/tools/temp-dir.js';

/**
 * Compares a small image with one that is eight times as large. A quadratic algorithm takes up to 64 times as many
 * steps.
 */
const SMALL = 128;
const FACTOR = 8;
const MOST = 10;

const temp = useTempDir();
const countSteps = useStepCounter();

type Operation = (image: Image) => Promise<unknown>;

const merging: Readonly<Record<string, Operation>> = {
  extract: async (image) => drain(mutate.extract(image)),
  squash: async (image) => {
    const squashed = mutate.squash(image, {
      from: (await image.layers()).length > 1 ? 1 : 0,
      compression: 'none',
    });
    await drain(await (await squashed.layers()).at(-1)!.uncompressed());
  },
};

let directories = 0;

const inMemory: Readonly<Record<string, Operation>> = {
  flatten: async (image) => mutate.flatten(image).digest(),
  removeLayer: async (image) => mutate.removeLayer(image, -1).digest(),
  rewriteTimestamps: async (image) => mutate.rewriteTimestamps(image, new Date(0)).digest(),
  'validate.image': async (image) => validate.image(image).catch(() => undefined),
  indexTar: async (image) => {
    for (const layer of await image.layers())
      await indexTar(memoryAccess(await readAll(await layer.uncompressed())));
  },
};

const onDisk: Readonly<Record<string, Operation>> = {
  extractTo: async (image) => mutate.extractTo(image, temp.path(`${(directories += 1)}`)),
  extractLayerTo: async (image) => {
    const target = temp.path(`${(directories += 1)}`);
    for (const layer of await image.layers()) await mutate.extractLayerTo(layer, target);
  },
};

/** How many times as many steps a larger image takes. */
async function growth(operation: Operation, layers: string, small = SMALL): Promise<number> {
  const steps = async (size: number): Promise<number> => {
    const image = await layeredImage(growingLayers[layers]!(size));
    return countSteps(async () => operation(image));
  };
  // Steps that are done only once, such as loading modules, must not be counted.
  await steps(8);
  const before = await steps(small);
  return (await steps(FACTOR * small)) / before;
}

describe.each(Object.keys(merging))(
  'the time of %s grows in proportion to the number of entries:',
  (name) => {
    it.each(Object.keys(growingLayers))('Q1: %s', async (layers) => {
      expect(await growth(merging[name]!, layers)).toBeLessThan(MOST);
    });
  },
);

const shapes = [
  'plain files',
  'links to one file',
  'one file many times',
  'whiteouts of files',
  'deep directories',
  'layers that replace one file',
];

describe.each(Object.keys(inMemory))(
  'the time of %s grows in proportion to the number of entries:',
  (name) => {
    it.each([...shapes, 'long names'])('Q2: %s', async (layers) => {
      expect(await growth(inMemory[name]!, layers)).toBeLessThan(MOST);
    });
  },
);

describe.each(Object.keys(onDisk))('the time of %s grows in proportion to the number of entries:', (name) => {
  it.each(shapes)('Q2: %s', async (layers) => {
    expect(await growth(onDisk[name]!, layers, SMALL / 4)).toBeLessThan(MOST);
  });
});

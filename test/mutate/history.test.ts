import { describe, expect, it } from '@jest/globals';
import * as mutate from '../../src/mutate/index.js';
import * as random from '../../src/random/index.js';
import type { History } from '../../src/v1/config-file.js';
import type { Image } from '../../src/v1/image.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { file } from '../support/images/layered-image.js';
import { layerTar } from '../support/archives/layer-tar.js';
import { rawConfigImage } from '../support/images/raw-config-image.js';

const tars = await Promise.all(['one', 'two', 'three'].map(async (name) => layerTar([file(name, name)])));
const layer = random.layer(64, types.ociLayer, { seed: 1 });
const step = (name: string): History => ({ created: '2024-01-02T03:04:05Z', created_by: name });
const env: History = { ...step('env'), empty_layer: true };

const incomplete: readonly (readonly [string, object])[] = [
  ['no history', {}],
  ['an empty history', { history: [] }],
  ['a null history', { history: null }],
  ['a history of some layers', { history: [step('one'), env] }],
  ['a history of steps without layers alone', { history: [env] }],
];

async function history(image: Image): Promise<readonly History[]> {
  return (await image.configFile()).history ?? [];
}

describe('a base with an incomplete history', () => {
  it.each(incomplete)('I1: %s gets empty steps when a layer is appended', async (_what, members) => {
    const base = rawConfigImage(tars, members);
    const grown = mutate.append(base, [{ layer, history: step('new') }]);
    await validate.image(grown);
    const steps = await history(grown);
    expect(steps.filter((one) => one.empty_layer !== true)).toHaveLength(4);
    expect(steps.at(-1)).toEqual(step('new'));
    const before = await history(base);
    expect(steps.slice(0, before.length)).toEqual(before);
    // It is unknown when and how these layers were made.
    expect(steps.slice(before.length, -1).every((one) => Object.keys(one).length === 0)).toBe(true);
  });

  it.each(incomplete)('I1: %s can be rebased after an append', async (_what, members) => {
    const base = rawConfigImage(tars, members);
    const grown = mutate.appendLayers(base, [layer]);
    const newBase = rawConfigImage(tars.slice(1), { history: [step('two'), step('three')] });
    const rebased = mutate.rebase(grown, base, newBase);
    await validate.image(rebased);
    expect(await rebased.layers()).toHaveLength(3);
  });

  it.each(incomplete)('I1: %s is valid after an edit of its layers', async (_what, members) => {
    const base = rawConfigImage(tars, members);
    const edited: Readonly<Record<string, Image>> = {
      removed: mutate.removeLayer(base, 1),
      replaced: mutate.replaceLayer(base, 1, layer),
      renamed: mutate.replaceLayer(base, 1, layer, { history: step('other') }),
      squashed: mutate.squash(base, { from: 1 }),
      flattened: mutate.flatten(base),
      lowered: mutate.append(mutate.removeLayer(base, -1), [{ history: env }]),
    };
    for (const [name, image] of Object.entries(edited)) {
      await expect(validate.image(image).then(() => name)).resolves.toBe(name);
    }
    expect((await history(edited.renamed!)).filter((one) => one.empty_layer !== true)[1]).toEqual(
      step('other'),
    );
  });

  it('I1: a history that describes more layers than the image has is not changed', async () => {
    const base = rawConfigImage(tars, { history: ['a', 'b', 'c', 'd'].map(step) });
    expect(await history(mutate.removeLayer(base, 0))).toHaveLength(4);
    expect(await history(mutate.append(base, [{ layer, history: step('new') }]))).toHaveLength(5);
  });
});

describe('a config without times', () => {
  const base = rawConfigImage(tars, { history: [{ created_by: 'bazel' }, {}, step('three')] });
  const at = new Date('2020-01-02T03:04:05Z');
  const changes: Readonly<Record<string, (image: Image) => Image>> = {
    append: (image) => mutate.appendLayers(image, [layer]),
    config: (image) => mutate.config(image, { Cmd: ['/x'] }),
    time: (image) => mutate.time(image, at),
    canonical: (image) => mutate.canonical(image),
    'canonical with a time': (image) => mutate.canonical(image, { time: at }),
    rewriteTimestamps: (image) => mutate.rewriteTimestamps(image, at),
    replaceLayer: (image) => mutate.replaceLayer(image, 2, layer),
    rebase: (image) => mutate.rebase(image, image, image),
  };

  it.each(Object.entries(changes))(
    'I2: %s does not add a time to a step without one',
    async (_name, change) => {
      const changed = change(base);
      const [first, second, third] = await history(changed);
      expect([first, second]).toEqual([{ created_by: 'bazel' }, {}]);
      expect(third).toHaveProperty('created');
      const raw = Buffer.from(await changed.rawConfigFile()).toString();
      expect(raw).not.toContain('{"created":"0001-01-01T00:00:00Z","created_by":"bazel"');
    },
  );

  it.each(['append', 'config', 'canonical', 'rewriteTimestamps', 'replaceLayer'])(
    'I2: %s does not add a time of creation to an image without one',
    async (name) => {
      expect(await changes[name]!(base).configFile()).not.toHaveProperty('created');
    },
  );

  it('I2: flatten and squash write steps without a time for an image without times', async () => {
    for (const image of [mutate.flatten(base), mutate.squash(base, { to: 1 })]) {
      expect((await history(image))[0]).not.toHaveProperty('created');
      await validate.image(image);
    }
  });

  it('I2: a time that is given explicitly is set', async () => {
    const [, , third] = await history(mutate.time(base, at));
    expect(third?.created).toBe('2020-01-02T03:04:05Z');
    expect((await mutate.time(base, at).configFile()).created).toBe('2020-01-02T03:04:05Z');
    expect((await mutate.createdAt(base, at).configFile()).created).toBe('2020-01-02T03:04:05Z');
  });
});

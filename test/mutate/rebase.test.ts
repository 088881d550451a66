import { describe, expect, it } from '@jest/globals';
import { RebaseError, type RebaseProblem } from '../../src/errors/rebase.js';
import * as mutate from '../../src/mutate/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { ConfigFile, History } from '../../src/v1/config-file.js';
import type { Hash } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { file, layeredImage } from '../support/images/layered-image.js';
import { sha256Of } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';

const [o1, o2, n1, a1, a2] = ['old1', 'old2', 'new1', 'app1', 'app2'].map((name) => tarOf([name, name]));
const tars = { o1: o1!, o2: o2!, n1: n1!, a1: a1!, a2: a2! };
type Name = keyof typeof tars;

function built(
  names: readonly Name[],
  history: readonly History[] | undefined,
  more: (config: ConfigFile) => ConfigFile = (same) => same,
): Image {
  return compressedToImage(
    storedImage({
      tars: names.map((name) => tars[name]),
      config: ({ history: _steps, ...config }) =>
        more({ ...config, ...(history !== undefined && { history }) }),
      manifest: (manifest) => ({ ...manifest, annotations: { image: names.join('+') } }),
    }),
  );
}

const steps = (...names: readonly string[]): readonly History[] =>
  names.map((name) => ({ created_by: name, ...(name.startsWith('-') && { empty_layer: true }) }));
const diffIds = (...names: readonly Name[]): readonly string[] => names.map((name) => sha256Of(tars[name]));

async function problem(image: Image): Promise<RebaseProblem> {
  const error: unknown = await image.manifest().then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RebaseError);
  return (error as RebaseError).problem;
}

describe('rebase', () => {
  const oldBase = built(['o1', 'o2'], steps('o1', '-env', 'o2', '-cmd'));
  const original = built(
    ['o1', 'o2', 'a1', 'a2'],
    steps('o1', '-env', 'o2', '-cmd', '-user', 'a1', 'a2', '-run'),
    (c) => ({
      ...c,
      author: 'me',
      created: '2020-01-01T00:00:00Z',
      config: { Cmd: ['/app'] },
    }),
  );
  const newBase = built(['n1'], steps('n1', '-newcmd'), (c) => ({
    ...c,
    variant: 'v7',
    'os.features': ['f'],
    config: { Cmd: ['/base'] },
  }));

  it('puts the layers and history of the image on top of those of the new base', async () => {
    const before = await original.digest();
    const rebased = mutate.rebase(original, oldBase, newBase);
    const config = await rebased.configFile();
    expect(config.rootfs.diff_ids).toEqual(diffIds('n1', 'a1', 'a2'));
    expect(config.history!.map((step) => step.created_by)).toEqual([
      'n1',
      '-newcmd',
      '-user',
      'a1',
      'a2',
      '-run',
    ]);
    expect(config).toMatchObject({
      variant: 'v7',
      'os.features': ['f'],
      author: 'me',
      created: '2020-01-01T00:00:00Z',
      config: { Cmd: ['/app'] },
    });
    expect((await rebased.manifest()).annotations).toEqual({ image: 'o1+o2+a1+a2' });
    await validate.image(rebased);
    expect(await original.digest()).toBe(before);
  });

  it('keeps all layers of an image without history, unlike crane', async () => {
    const image = built(['o1', 'a1', 'a2'], undefined);
    const rebased = mutate.rebase(image, built(['o1'], undefined), built(['n1'], undefined));
    expect((await rebased.configFile()).rootfs.diff_ids).toEqual(diffIds('n1', 'a1', 'a2'));
    expect((await rebased.configFile()).history ?? []).toEqual([]);
    expect((await rebased.manifest()).layers).toHaveLength(3);
  });

  it('adds empty steps if only one of the images has a history', async () => {
    const withNew = mutate.rebase(built(['o1', 'a1'], undefined), built(['o1'], undefined), newBase);
    expect((await withNew.configFile()).history).toHaveLength(3);
    await validate.image(withNew);
    const withOwn = mutate.rebase(original, built(['o1', 'o2'], undefined), built(['n1'], undefined));
    expect((await withOwn.configFile()).history!.map((step) => step.created_by)).toEqual([
      undefined,
      '-cmd',
      '-user',
      'a1',
      'a2',
      '-run',
    ]);
  });

  it('does not mix media types if the bases have different families, unlike crane', async () => {
    const docker = mutate.toDocker(newBase);
    const rebased = await mutate.rebase(original, oldBase, docker).manifest();
    expect(rebased.mediaType).toBe(types.ociManifestSchema1);
    expect(rebased.config.mediaType).toBe(types.ociConfigJson);
    expect(rebased.layers.map(({ mediaType }) => mediaType)).toEqual(
      Array.from({ length: 3 }, () => types.ociLayer),
    );
    const other = await mutate.rebase(mutate.toDocker(original), oldBase, newBase).manifest();
    expect(other.mediaType).toBe(types.dockerManifestSchema2);
    expect(other.layers.map(({ mediaType }) => mediaType)).toEqual(
      Array.from({ length: 3 }, () => types.dockerLayer),
    );
  });

  it('recognises a base that has another compression', async () => {
    const rebased = mutate.rebase(original, mutate.recompress(oldBase, 'none'), newBase);
    expect((await rebased.manifest()).layers).toHaveLength(3);
  });

  it('keeps the layers of the image if both bases are the same', async () => {
    const rebased = mutate.rebase(original, oldBase, oldBase);
    expect((await rebased.manifest()).layers).toEqual((await original.manifest()).layers);
    expect((await rebased.configFile()).history).toEqual((await original.configFile()).history);
  });

  it('M17: fails with the reason if the images do not fit together', async () => {
    expect(await problem(mutate.rebase(original, newBase, oldBase))).toBe('not-a-base');
    expect(await problem(mutate.rebase(oldBase, original, newBase))).toBe('not-a-base');
    const arm = built(['n1'], undefined, (c) => ({ ...c, architecture: 'arm64' }));
    expect(await problem(mutate.rebase(original, oldBase, arm))).toBe('platform');
    const v6 = built(['o1', 'o2', 'a1'], undefined, (c) => ({ ...c, variant: 'v6' }));
    expect(await problem(mutate.rebase(v6, oldBase, newBase))).toBe('platform');
    const broken = built(['o1', 'o2', 'a1'], steps('o1', 'o2', 'a1', 'a2'));
    expect(await problem(mutate.rebase(broken, oldBase, newBase))).toBe('history');
    const artifact = mutate.configMediaType(original, 'application/vnd.example+json');
    expect(await problem(mutate.rebase(artifact, oldBase, newBase))).toBe('artifact');
  });

  it.each([
    ['of the image has too few steps', ['o1', '-env'], ['o1'], ['n1', 'n2'], ['n1', 'n2', '-env', undefined]],
    ['of the image has no layer', ['-env'], ['o1'], ['n1', 'n2'], ['n1', 'n2', undefined]],
    ['of the new base has too few steps', ['o1', 'a1'], ['o1'], ['n1'], ['n1', undefined, 'a1']],
    // crane writes such a history for an image on a base without history.
    [
      'describes only the layers that the image added',
      ['a1'],
      undefined,
      undefined,
      [undefined, undefined, 'a1'],
    ],
  ])('I12: succeeds if the history %s', async (_what, own, old, onto, expected) => {
    const imageWithSteps = (names: readonly Name[], stepNames: readonly string[] | undefined) =>
      built(names, stepNames && steps(...stepNames));
    const image = mutate.rebase(
      imageWithSteps(['o1', 'a1'], own),
      imageWithSteps(['o1'], old),
      imageWithSteps(['n1', 'o2'], onto),
    );
    expect((await image.configFile()).history!.map((step) => step.created_by)).toEqual(expected);
    await validate.image(image);
  });

  it('I12: keeps the platform of the image if the new base has none', async () => {
    const bare = built(['n1'], undefined, (c) => ({ ...c, os: '', architecture: '' }));
    const own = built(['o1', 'o2', 'a1'], undefined, (c) => ({ ...c, variant: 'v3' }));
    const { os, architecture, variant } = await mutate.rebase(own, oldBase, bare).configFile();
    expect({ os, architecture, variant }).toEqual({ os: 'linux', architecture: 'amd64', variant: 'v3' });
  });

  it('reads nothing before a method is called, and never a layer', async () => {
    const refuse = async (): Promise<never> => Promise.reject(new Error('a layer was read'));
    const unread = (image: Image): Image => ({
      ...image,
      layers: async (options) =>
        (await image.layers(options)).map((layer) => ({
          ...layer,
          compressed: refuse,
          uncompressed: refuse,
        })),
    });
    const rebased = mutate.rebase(unread(original), unread(oldBase), unread(newBase));
    expect(await rebased.digest()).toMatch(/^sha256:/);
  });
});

describe('removeLayer and replaceLayer', () => {
  const history = steps('-from', 'o1', '-env', 'a1', 'a2', '-cmd');
  const base = built(['o1', 'a1', 'a2'], history);

  it('removeLayer removes a layer, by its position or its digests, and its step', async () => {
    const diffId = sha256Of(tars.a1) as Hash;
    const digest = (await base.manifest()).layers[1]!.digest;
    for (const choice of [1, -2, diffId, digest]) {
      const config = await mutate.removeLayer(base, choice).configFile();
      expect(config.rootfs.diff_ids).toEqual(diffIds('o1', 'a2'));
      expect(config.history!.map((step) => step.created_by)).toEqual(['-from', 'o1', '-env', 'a2', '-cmd']);
    }
  });

  it('replaceLayer replaces a layer', async () => {
    const layer = (await built(['n1'], undefined).layers())[0]!;
    const replaced = mutate.replaceLayer(base, 0, layer, { history: { created_by: 'new' } });
    expect((await replaced.configFile()).rootfs.diff_ids).toEqual(diffIds('n1', 'a1', 'a2'));
    expect((await replaced.configFile()).history![1]).toMatchObject({ created_by: 'new' });
    expect((await mutate.replaceLayer(base, 0, layer).configFile()).history![1]).toMatchObject({
      created_by: 'o1',
    });
    await validate.image(replaced);
  });

  it('fail with NotFoundError if the image does not have the layer', async () => {
    for (const choice of [3, -4, 0.5, sha256Of(tars.n1) as Hash]) {
      await expect(mutate.removeLayer(base, choice).manifest()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('do not change a history that did not match the layers', async () => {
    const odd = built(['o1', 'a1'], steps('o1'));
    expect((await mutate.removeLayer(odd, 0).configFile()).history).toHaveLength(1);
    expect(await mutate.removeLayer(await layeredImage([[file('a', '1')]]), 0).layers()).toEqual([]);
  });
});

import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { artifact, crane, mutate, random, static as staticLayers, v1 } from 'containerregistry';
import { gantry } from '../support/programs/gantry.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
const chart = async (): Promise<v1.Image> =>
  artifact.create({
    config: { content: '{"name":"chart"}', mediaType: 'application/vnd.cncf.helm.config.v1+json' },
    files: [{ content: 'chart', title: 'chart.tgz' }],
  });
const layer = staticLayers.newLayer(Buffer.from('x'), 'application/vnd.test');

describe('an artifact', () => {
  it.each<[string, (image: v1.Image) => v1.Image]>([
    ['mutate.config', (image) => mutate.config(image, { Cmd: ['x'] })],
    [
      'mutate.configFile',
      (image) =>
        mutate.configFile(image, {
          ...{ architecture: '', os: '', config: {} },
          rootfs: { type: 'layers', diff_ids: [] },
        }),
    ],
    ['mutate.createdAt', (image) => mutate.createdAt(image, new Date(0))],
    ['mutate.removeLabels', (image) => mutate.removeLabels(image, ['a'])],
    ['mutate.append with a history', (image) => mutate.append(image, [{ layer, history: {} }])],
    ['mutate.replaceLayer with a history', (image) => mutate.replaceLayer(image, 0, layer, { history: {} })],
    [
      'the media type application/vnd.oci.image.config',
      (image) => mutate.configMediaType(image, v1.types.ociConfigJson),
    ],
  ])('refuses %s with a hint, because its config is opaque', async (what, change) => {
    const changed = change(await chart());
    await expect(changed.rawManifest()).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(new RegExp(`^${what}.* vnd|^${what}.*helm.config`)) as unknown,
      hint: expect.stringContaining('artifact.push') as unknown,
    });
    await expect(crane.push(changed, `${registry.host}/a:v1`)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('takes annotations, a subject and blobs, and keeps its config', async () => {
    const base = await chart();
    const changed = mutate.annotations(mutate.appendLayers(base, [layer]), { a: 'b' });
    expect(await changed.rawConfigFile()).toEqual(await base.rawConfigFile());
    expect((await changed.manifest()).layers).toHaveLength(2);
  });

  it('stays as it is with time, canonical and recompress, although oras gives files the media type of a tar', async () => {
    const base = await chart();
    for (const changed of [
      mutate.time(base, new Date(0)),
      mutate.canonical(base),
      mutate.rewriteTimestamps(base, new Date(0)),
      mutate.recompress(base, 'gzip'),
    ]) {
      expect((await changed.manifest()).layers).toEqual((await base.manifest()).layers);
      expect(await changed.rawConfigFile()).toEqual(await base.rawConfigFile());
    }
  });

  it('takes no filesystem layer from crane.append, and no setting from gantry mutate', async () => {
    const base = await chart();
    await writeFile(temp.path('f.tar'), Buffer.alloc(1024));
    await expect(crane.append(base, [temp.path('f.tar')])).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(await crane.append(base, [layer])).toBeDefined();
    await crane.push(base, `${registry.host}/a:v1`);
    const outcome = await gantry(['mutate', `${registry.host}/a:v1`, '--label', 'a=b']);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('gantry artifact push') as unknown,
    });
  });

  it('can still be made of an image in the way of go-containerregistry', async () => {
    const image = mutate.configMediaType(random.image(10, 1, { seed: 1 }), 'application/vnd.test.config');
    expect((await image.manifest()).config.mediaType).toBe('application/vnd.test.config');
  });
});

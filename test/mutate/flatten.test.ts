import { describe, expect, it } from '@jest/globals';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import * as empty from '../../src/empty/index.js';
import * as mutate from '../../src/mutate/index.js';
import * as random from '../../src/random/index.js';
import * as statics from '../../src/static/index.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { file, layeredImage, link } from '../support/images/layered-image.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { unpackInMemory } from '../support/archives/unpack-in-memory.js';

const layers = [
  [file('a', 'old'), link('b', 'a'), file('c', '1')],
  [file('a', 'new'), file('.wh.c', '')],
];

describe('flatten', () => {
  it('makes one layer with the same files, and keeps the old history in the comment of the new step', async () => {
    const base = await layeredImage(layers);
    const before = await base.digest();
    const flat = mutate.flatten(base);
    const [layer, ...more] = await flat.layers();
    expect(more).toEqual([]);
    const tar = await readAll(await layer!.uncompressed());
    expect(tar).toEqual(await readAll(mutate.extract(base)));
    expect(await layer!.diffId()).toBe(sha256Of(tar));
    const config = await flat.configFile();
    expect(config.rootfs.diff_ids).toEqual([sha256Of(tar)]);
    expect(config.history).toMatchObject([
      {
        created_by: `gantry flatten ${before}`,
        comment: JSON.stringify((await base.configFile()).history),
      },
    ]);
    await validate.image(flat);
    expect(await base.digest()).toBe(before);
  });

  it("uses only media types of the image's family, in OCI and in Docker images", async () => {
    const oci = mutate.flatten(await layeredImage(layers));
    expect(await oci.manifest()).toMatchObject({
      mediaType: types.ociManifestSchema1,
      config: { mediaType: types.ociConfigJson },
      layers: [{ mediaType: types.ociLayer }],
    });
    const docker = mutate.flatten(random.image(64, 2, { seed: 1, mediaType: types.dockerManifestSchema2 }));
    expect(await docker.manifest()).toMatchObject({
      mediaType: types.dockerManifestSchema2,
      config: { mediaType: types.dockerConfigJson },
      layers: [{ mediaType: types.dockerLayer }],
    });
  });

  it('keeps variant, features, annotations, subject and unknown fields', async () => {
    const subject = {
      mediaType: types.ociManifestSchema1,
      size: 2,
      digest: sha256Of(Buffer.from('{}')),
    } as const;
    const base = await layeredImage(layers, {
      config: (config) => ({ ...config, variant: 'v7', 'os.features': ['f'], 'x-own': { a: 1 } }),
      manifest: (manifest) => ({
        ...manifest,
        subject: subject as never,
        annotations: { k: 'v' },
        'x-own': 1,
      }),
    });
    const flat = mutate.flatten(base);
    expect(await flat.configFile()).toMatchObject({ variant: 'v7', 'os.features': ['f'], 'x-own': { a: 1 } });
    expect(await flat.manifest()).toMatchObject({ subject, annotations: { k: 'v' }, 'x-own': 1 });
  });

  it('gives the same digest for the same image, and accepts a time and a compression level', async () => {
    const base = await layeredImage(layers);
    expect(await mutate.flatten(base).digest()).toBe(await mutate.flatten(base).digest());
    const dated = await mutate
      .flatten(base, { created: new Date(0), compression: 'none', createdBy: 'us' })
      .manifest();
    expect(dated.layers[0]!.mediaType).toBe(types.ociUncompressedLayer);
    const config = await mutate.flatten(base, { created: new Date(0), createdBy: 'us' }).configFile();
    expect(config).toMatchObject({
      created: '1970-01-01T00:00:00Z',
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'us' }],
    });
  });

  it('refuses artifacts, and images with blobs that are not layers', async () => {
    const artifact = mutate.configMediaType(await layeredImage(layers), 'application/vnd.example+json');
    await expect(mutate.flatten(artifact).manifest()).rejects.toBeInstanceOf(UnsupportedError);
    const note = statics.newLayer(Buffer.from('{}'), 'application/vnd.in-toto+json');
    const attestation = mutate.appendLayers(empty.image, [note]);
    await expect(mutate.flatten(attestation).digest()).rejects.toBeInstanceOf(UnsupportedError);
  });
});

describe('squash', () => {
  it('makes one layer of a range, which hides the same files as the range', async () => {
    const base = await layeredImage([
      [file('kept', '0'), file('gone', '0'), file('d/old', '0'), file('e/old', '0'), file('f', '0')],
      [file('.wh.gone', ''), file('d/.wh..wh..opq', ''), file('x', '1'), file('f/in', '1')],
      [file('.wh.x', ''), file('.wh.e', ''), file('e/new', '2'), file('y', '2')],
      [file('z', '3')],
    ]);
    const squashed = mutate.squash(base, { from: 1, to: 2 });
    expect(await squashed.layers()).toHaveLength(3);
    const found = await unpackInMemory(mutate.extract(squashed));
    // The directory is not that of the lowest layer, and must not get its mode and owner.
    expect(found.get('e')!.header).toMatchObject({ type: 'directory', mode: 0o755, uid: 0 });
    found.delete('e');
    expect(found).toEqual(await unpackInMemory(mutate.extract(base)));
    const names = [
      ...(await unpackInMemory(await (await squashed.layers())[1]!.uncompressed())).keys(),
    ].sort();
    expect(names).toEqual(
      ['.wh.gone', 'd/.wh..wh..opq', 'e', 'e/.wh..wh..opq', 'e/new', 'f/in', 'y', '.wh.x'].sort(),
    );
    const history = (await squashed.configFile()).history!;
    expect(history.map((step) => step.created_by)).toEqual(['step 0', 'gantry squash of 2 layers', 'step 3']);
    await validate.image(squashed);
  });

  it('makes a file of a hard link into the layers below', async () => {
    const base = await layeredImage([[file('a', '1')], [link('b', 'a')], [file('.wh.a', '')]]);
    const squashed = mutate.squash(base, { from: 1 });
    const found = await unpackInMemory(mutate.extract(squashed));
    expect([...found].map(([path, { content }]) => [path, content])).toEqual([['b', '1']]);
  });

  it('without a range makes the same layer as flatten', async () => {
    const base = await layeredImage(layers);
    expect(await (await mutate.squash(base).layers())[0]!.digest()).toBe(
      await (await mutate.flatten(base).layers())[0]!.digest(),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import * as crane from '../../src/crane/index.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import * as empty from '../../src/empty/index.js';
import { canWriteZstd } from '../../src/internal/compress/zstd.js';
import * as mutate from '../../src/mutate/index.js';
import * as random from '../../src/random/index.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { file, layeredImage } from '../support/images/layered-image.js';
import { readAll } from '../support/tools/read-all.js';

const layers = [[file('a', '1'.repeat(5000))], [file('b', '2')]];

describe('recompress', () => {
  it('changes the layers, but neither their tars nor the config', async () => {
    const base = await layeredImage(layers);
    const plain = mutate.recompress(base, 'none');
    expect((await plain.manifest()).layers.map(({ mediaType }) => mediaType)).toEqual([
      types.ociUncompressedLayer,
      types.ociUncompressedLayer,
    ]);
    expect(await plain.rawConfigFile()).toBe(await base.rawConfigFile());
    const [layer] = await plain.layers();
    expect(await layer!.digest()).toBe(await layer!.diffId());
    await validate.image(plain);
    const again = mutate.recompress(plain, 'gzip', { compressionLevel: 9 });
    expect((await again.manifest()).layers[0]!.mediaType).toBe(types.ociLayer);
    expect(await readAll(await (await again.layers())[0]!.uncompressed())).toEqual(
      await readAll(await (await base.layers())[0]!.uncompressed()),
    );
    await validate.image(again);
  });

  it('writes zstd in recompressed, flattened, squashed and new layers, or fails if this Node does not support it', async () => {
    const base = await layeredImage(layers);
    const compression = 'zstd';
    const made = [
      mutate.recompress(base, 'zstd', { compressionLevel: 3 }),
      mutate.recompress(mutate.toDocker(base), 'zstd'),
      mutate.flatten(base, { compression }),
      mutate.squash(base, { compression }),
      await crane.append(empty.image, [crane.layerFromFiles([], { compression })]),
    ];
    for (const image of made) {
      if (!canWriteZstd()) {
        await expect(image.manifest()).rejects.toBeInstanceOf(UnsupportedError);
        continue;
      }
      const found = (await image.manifest()).layers.map(({ mediaType }) => mediaType);
      expect(new Set(found)).toEqual(new Set([types.ociLayerZstd]));
      await validate.image(image);
    }
    if (!canWriteZstd()) return;
    const back = mutate.recompress(made[0]!, 'gzip');
    expect((await back.configFile()).rootfs).toEqual((await base.configFile()).rootfs);
    await validate.image(back);
  });

  it('does not change layers that already have the compression, unless a level is given', async () => {
    const base = await layeredImage(layers);
    expect((await mutate.recompress(base, 'gzip').manifest()).layers).toEqual((await base.manifest()).layers);
    const smaller = await mutate.recompress(base, 'gzip', { compressionLevel: 1 }).manifest();
    expect(smaller.layers[0]!.digest).not.toBe((await base.manifest()).layers[0]!.digest);
  });

  it('does not change foreign layers and blobs that are not layers', async () => {
    const foreign = random.layer(64, types.dockerForeignLayer, { seed: 1 });
    const base = mutate.appendLayers(empty.image, [foreign]);
    expect((await mutate.recompress(base, 'none').manifest()).layers).toEqual((await base.manifest()).layers);
  });
});

describe('toOci and toDocker', () => {
  it('change every media type, but no content', async () => {
    const oci = await layeredImage(layers);
    const docker = mutate.toDocker(oci);
    expect(await docker.manifest()).toMatchObject({
      mediaType: types.dockerManifestSchema2,
      config: { mediaType: types.dockerConfigJson },
      layers: [{ mediaType: types.dockerLayer }, { mediaType: types.dockerLayer }],
    });
    expect(await docker.mediaType()).toBe(types.dockerManifestSchema2);
    expect(await (await docker.layers())[0]!.mediaType()).toBe(types.dockerLayer);
    expect(await docker.rawConfigFile()).toBe(await oci.rawConfigFile());
    await validate.image(docker);
    expect(await mutate.toOci(docker).digest()).toBe(await oci.digest());
  });

  it('change an index with everything in it, and the references to it', async () => {
    const image = await layeredImage(layers);
    const about = mutate.subject(random.image(32, 1, { seed: 3 }), {
      mediaType: types.ociManifestSchema1,
      size: 1,
      digest: await image.digest(),
    });
    const attestation = mutate.appendManifests(empty.index, [
      {
        add: image,
        descriptor: { platform: { os: 'linux', architecture: 'amd64' }, annotations: { a: 'b' } },
      },
      {
        add: about,
        descriptor: {
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: { 'vnd.docker.reference.digest': await image.digest() },
        },
      },
    ]);
    const nested = mutate.appendManifests(empty.index, [{ add: attestation }]);
    const docker = mutate.toDocker(nested);
    expect(await docker.indexManifest()).toMatchObject({
      mediaType: types.dockerManifestList,
      manifests: [{ mediaType: types.dockerManifestList }],
    });
    const inner = await docker.imageIndex((await docker.indexManifest()).manifests[0]!.digest);
    const [child, other] = (await inner.indexManifest()).manifests;
    const converted = await mutate.toDocker(image).digest();
    expect(child).toMatchObject({
      mediaType: types.dockerManifestSchema2,
      digest: converted,
      platform: { os: 'linux' },
      annotations: { a: 'b' },
    });
    expect(await (await inner.image(converted)).digest()).toBe(converted);
    expect(other!.digest).toBe(await about.digest());
    expect(other!.annotations).toEqual({ 'vnd.docker.reference.digest': converted });
    expect(await mutate.toOci(docker).mediaType()).toBe(types.ociImageIndex);
  });

  it('refuse content for which Docker has no media type', async () => {
    const artifact = mutate.configMediaType(await layeredImage(layers), 'application/vnd.example+json');
    await expect(mutate.toDocker(artifact).manifest()).rejects.toBeInstanceOf(UnsupportedError);
    const foreign = random.layer(64, types.ociUncompressedRestrictedLayer, { seed: 1 });
    const base = mutate.appendLayers(await layeredImage(layers), [foreign]);
    await expect(mutate.toDocker(base).manifest()).rejects.toBeInstanceOf(UnsupportedError);
  });
});

describe('removal of annotations, labels and children', () => {
  it('M16: removes annotations and labels and keeps unknown fields', async () => {
    const base = await layeredImage(layers, {
      manifest: (manifest) => ({ ...manifest, annotations: { a: '1', b: '2' }, 'x-own': [1] }),
      config: (config) => ({ ...config, 'x-own': 2, config: { Labels: { l: '1', m: '2' }, 'X-Own': 3 } }),
    });
    const without = mutate.removeLabels(mutate.removeAnnotations(base, ['a', 'zzz']), ['l']);
    expect(await without.manifest()).toMatchObject({ annotations: { b: '2' }, 'x-own': [1] });
    expect((await without.manifest()).annotations).toEqual({ b: '2' });
    expect(await without.configFile()).toMatchObject({
      'x-own': 2,
      config: { Labels: { m: '2' }, 'X-Own': 3 },
    });
    const none = mutate.removeLabels(mutate.removeAnnotations(base, ['a', 'b']), ['l', 'm']);
    expect(await none.manifest()).not.toHaveProperty('annotations of layers, images and descriptors');
    expect((await none.configFile()).config).not.toHaveProperty('Labels');
  });

  it('M15: annotations of images and indexes are merged and removed', async () => {
    const index = mutate.annotations(mutate.annotations(empty.index, { a: '1' }), { b: '2' });
    expect((await index.indexManifest()).annotations).toEqual({ a: '1', b: '2' });
    expect((await mutate.removeAnnotations(index, ['a']).indexManifest()).annotations).toEqual({ b: '2' });
  });

  it('M15: annotations of any other manifest are merged', async () => {
    const text = '{"z":[1,{"b":"<","a":null}],"annotations":{"old":"1","both":"1"},"mediaType":"a/b"}';
    const base = { rawManifest: async () => Buffer.from(text), mediaType: 'a/b' };
    const added = mutate.annotations(base, { both: '2', new: '3' });
    // Sorted, as Go writes a map.
    expect(Buffer.from(await added.rawManifest()).toString()).toBe(
      '{"annotations":{"both":"2","new":"3","old":"1"},"mediaType":"a/b","z":[1,{"a":null,"b":"\\u003c"}]}',
    );
    expect(added.mediaType).toBe('a/b');
    const bare = mutate.removeAnnotations(added, ['both', 'new', 'old', 'none']);
    expect(JSON.parse(Buffer.from(await bare.rawManifest()).toString())).not.toHaveProperty(
      'annotations of layers, images and descriptors',
    );
    for (const broken of ['[]', '{"annotations":[]}', '{"annotations":{"a":1}}', '{']) {
      const bad = mutate.annotations({ rawManifest: async () => Buffer.from(broken) }, {});
      await expect(bad.rawManifest()).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    }
  });

  it('keeps the children of an index that are for the given platforms', async () => {
    const add = (seed: number, os: string, architecture: string): mutate.IndexAddendum => ({
      add: random.image(32, 1, { seed }),
      descriptor: { platform: { os, architecture } },
    });
    const bare = random.image(32, 1, { seed: 9 });
    const index = mutate.appendManifests(empty.index, [
      add(1, 'linux', 'amd64'),
      add(2, 'linux', 'arm64'),
      add(3, 'windows', 'amd64'),
      { add: bare },
    ]);
    const kept = async (...platforms: readonly string[]): Promise<readonly unknown[]> =>
      (await mutate.filterPlatforms(index, platforms).indexManifest()).manifests.map(
        ({ platform }) => platform,
      );
    expect(await kept('linux')).toHaveLength(2);
    expect(await kept('linux/arm64', 'windows')).toHaveLength(2);
    expect(await kept('plan9')).toHaveLength(0);
    const all = await index.indexManifest();
    const none = mutate.filterManifests(index, ({ platform }) => platform === undefined);
    expect((await none.indexManifest()).manifests).toEqual(all.manifests.slice(3));
  });
});

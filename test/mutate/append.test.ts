import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { NotComputedError } from '../../src/errors/stream-state.js';
import * as empty from '../../src/empty/index.js';
import * as mutate from '../../src/mutate/index.js';
import * as random from '../../src/random/index.js';
import * as statics from '../../src/static/index.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import type { Layer } from '../../src/v1/layer.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';

describe('append', () => {
  it('adds the layer to manifest, diff IDs and history, and does not change the base', async () => {
    const base = random.image(256, 2, { seed: 1 });
    const before = await base.digest();
    const layer = random.layer(512, types.dockerLayer, { seed: 2 });
    const image = mutate.append(base, [{ layer, history: { created_by: 'test', comment: 'added' } }]);

    const manifest = await image.manifest();
    expect(manifest.layers).toHaveLength(3);
    expect(manifest.layers[2]?.digest).toBe(await layer.digest());
    const config = await image.configFile();
    expect(config.rootfs.diff_ids[2]).toBe(await layer.diffId());
    expect(config.history?.at(-1)).toMatchObject({ created_by: 'test', comment: 'added' });
    expect(manifest.config.digest).toBe(sha256Bytes(await image.rawConfigFile()));
    expect(await image.digest()).toBe(sha256Bytes(await image.rawManifest()));
    expect(await (await image.layerByDiffId(await layer.diffId())).digest()).toBe(await layer.digest());
    expect(await base.digest()).toBe(before);
  });

  it('accepts a layer that is an instance of a class', async () => {
    const inner = random.layer(64, types.dockerLayer, { seed: 77 });
    class Layer {
      readonly inner = inner;
      digest = async () => this.inner.digest();
      async diffId() {
        return this.inner.diffId();
      }
      async size() {
        return this.inner.size();
      }
      async mediaType() {
        return this.inner.mediaType();
      }
      async compressed() {
        return this.inner.compressed();
      }
      async uncompressed() {
        return this.inner.uncompressed();
      }
    }
    const annotated = mutate.append(empty.image, [{ layer: new Layer(), annotations: { a: 'b' } }]);
    const converted = mutate.toOci(annotated);
    await validate.image(converted);
    expect((await converted.manifest()).layers).toMatchObject([
      { annotations: { a: 'b' }, digest: await inner.digest(), mediaType: types.ociLayer },
    ]);
  });

  it('returns the base itself if nothing is appended', () => {
    expect(mutate.append(empty.image, [])).toBe(empty.image);
  });

  it('accepts history without a layer only with empty_layer', async () => {
    expect(() => mutate.append(empty.image, [{ history: { created_by: 'ENV A=1' } }])).toThrow(TypeError);
    const image = mutate.append(empty.image, [{ history: { created_by: 'ENV A=1', empty_layer: true } }]);
    expect(await image.layers()).toHaveLength(0);
    expect((await image.configFile()).history).toHaveLength(1);
  });

  it('replaces media type, urls and annotations with those of the addendum', async () => {
    const layer = random.layer(64, types.dockerLayer, { seed: 3 });
    const urls = ['https://files.example/layer'];
    const image = mutate.append(empty.image, [
      { layer, urls, annotations: { a: 'b' }, mediaType: types.dockerForeignLayer },
    ]);
    expect((await image.manifest()).layers[0]).toMatchObject({
      mediaType: types.dockerForeignLayer,
      urls,
      annotations: { a: 'b' },
    });
    const [appended] = await image.layers();
    expect(await appended?.mediaType()).toBe(types.dockerForeignLayer);
  });

  it('distinguishes layers that have the same diff ID but different digests', async () => {
    const bytes = Buffer.from('same content');
    const plain = statics.newLayer(bytes, types.ociUncompressedLayer);
    const other: Layer = { ...plain, digest: async () => sha256Bytes(Buffer.from('other form')) };
    const image = mutate.appendLayers(empty.image, [plain, other]);
    const digests = await Promise.all((await image.layers()).map(async (layer) => layer.digest()));
    expect(digests).toEqual([await plain.digest(), await other.digest()]);
  });

  it('knows its layers before a one-shot stream is read, and its digest afterwards', async () => {
    let read = false;
    const content = Buffer.from('streamed');
    const known = async <T>(value: T): Promise<T> => {
      if (!read) throw new NotComputedError('the digest');
      return value;
    };
    const layer: Layer = {
      digest: async () => known(sha256Bytes(content)),
      diffId: async () => known(sha256Bytes(content)),
      size: async () => known(content.byteLength),
      mediaType: async () => types.ociUncompressedLayer,
      compressed: async () => Readable.from([content]),
      uncompressed: async () => Readable.from([content]),
    };
    const image = mutate.appendLayers(random.image(64, 1, { seed: 4 }), [layer]);
    await expect(image.digest()).rejects.toBeInstanceOf(NotComputedError);
    expect(await image.layers()).toHaveLength(2);
    read = true;
    expect((await image.manifest()).layers[1]?.digest).toBe(sha256Bytes(content));
  });

  it('adds layers to an artifact, but keeps its config byte for byte', async () => {
    const artifact = mutate.configMediaType(
      random.image(64, 1, { seed: 5 }),
      'application/vnd.example.config+json',
    );
    const layer = statics.newLayer(Buffer.from('{}'), 'application/vnd.example.data');
    const image = mutate.appendLayers(artifact, [layer]);
    expect(await image.rawConfigFile()).toEqual(await artifact.rawConfigFile());
    expect(await image.layers()).toHaveLength(2);
  });
});

describe('views of an image', () => {
  it('keep the bytes of the config if only the manifest changes', async () => {
    const base = random.image(64, 1, { seed: 6 });
    const image = mutate.annotations(base, { a: '1' });
    expect(await image.rawConfigFile()).toBe(await base.rawConfigFile());
    expect((await image.manifest()).annotations).toEqual({ a: '1' });
  });

  it('merge annotations, also with names such as __proto__', async () => {
    const first = mutate.annotations(random.image(64, 1, { seed: 7 }), { a: '1', b: '2' });
    const image = mutate.annotations(
      first,
      JSON.parse('{"b":"3","__proto__":"x"}') as Record<string, string>,
    );
    const { annotations } = await image.manifest();
    expect(Object.entries(annotations!)).toEqual(
      expect.arrayContaining([
        ['a', '1'],
        ['b', '3'],
        ['__proto__', 'x'],
      ]),
    );
  });

  it('keep the subject of their base', async () => {
    const subject = { mediaType: types.ociManifestSchema1, size: 2, digest: sha256Bytes(Buffer.from('{}')) };
    const image = mutate.annotations(mutate.subject(random.image(64, 1, { seed: 8 }), subject), { a: '1' });
    expect((await image.manifest()).subject).toEqual(subject);
  });

  it('update embedded config data when the config changes', async () => {
    const base = random.image(64, 1, { seed: 9 });
    const raw = await base.rawConfigFile();
    const embedded = {
      ...base,
      manifest: async () => {
        const manifest = await base.manifest();
        return { ...manifest, config: { ...manifest.config, data: Buffer.from(raw).toString('base64') } };
      },
    };
    const image = mutate.createdAt(embedded, new Date(0));
    const { config } = await image.manifest();
    expect(Buffer.from(config.data!, 'base64')).toEqual(Buffer.from(await image.rawConfigFile()));
    expect((await image.configFile()).created).toBe('1970-01-01T00:00:00Z');
  });

  it('set media types without changing the content below', async () => {
    const base = random.image(64, 1, { seed: 10 });
    const image = mutate.mediaType(base, types.ociManifestSchema1);
    expect(await image.mediaType()).toBe(types.ociManifestSchema1);
    expect((await image.manifest()).mediaType).toBe(types.ociManifestSchema1);
    expect((await image.manifest()).layers).toEqual((await base.manifest()).layers);
  });
});

describe('views of an index', () => {
  it('append and remove children', async () => {
    const image = random.image(64, 1, { seed: 11 });
    const platform = { architecture: 'arm64', os: 'linux' };
    const index = mutate.appendManifests(empty.index, [{ add: image, descriptor: { platform } }]);
    const { manifests } = await index.indexManifest();
    expect(manifests).toMatchObject([{ digest: await image.digest(), platform }]);
    expect(await index.image(await image.digest())).toBe(image);

    const emptied = mutate.removeManifests(index, ({ platform: p }) => p?.architecture === 'arm64');
    expect((await emptied.indexManifest()).manifests).toEqual([]);
    expect(await emptied.digest()).toBe(await empty.index.digest());
  });

  it('set annotations, a media type and a subject', async () => {
    const subject = { mediaType: types.ociManifestSchema1, size: 2, digest: sha256Bytes(Buffer.from('{}')) };
    const index = mutate.subject(
      mutate.annotations(mutate.indexMediaType(empty.index, types.dockerManifestList), { a: '1' }),
      subject,
    );
    expect(await index.mediaType()).toBe(types.dockerManifestList);
    expect(await index.indexManifest()).toMatchObject({
      mediaType: types.dockerManifestList,
      annotations: { a: '1' },
      subject,
    });
  });
});

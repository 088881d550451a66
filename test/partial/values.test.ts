import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import * as empty from '../../src/empty/index.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import * as partial from '../../src/partial/index.js';
import * as random from '../../src/random/index.js';
import * as static_ from '../../src/static/index.js';
import type { Layer } from '../../src/v1/layer.js';
import { parseManifest } from '../../src/v1/documents/parse.js';
import * as types from '../../src/v1/types.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { someHash, storedImage } from '../support/images/stored-image.js';

const image = partial.compressedToImage(storedImage());

describe('values derived from a manifest', () => {
  it('are computed from the raw bytes', async () => {
    const raw = await image.rawManifest();
    expect(await partial.digest(image)).toBe(sha256Of(raw));
    expect(await partial.size(image)).toBe(raw.byteLength);
    expect(await partial.manifest(image)).toEqual(parseManifest(raw));
    expect(Buffer.compare(await partial.rawManifest(image), raw)).toBe(0);
  });

  it('are parsed once for the same bytes', async () => {
    expect(await partial.manifest(image)).toBe(await partial.manifest(image));
  });

  it('find blobs, including the config', async () => {
    const { config, layers } = await image.manifest();
    expect(await partial.fsLayers(image)).toEqual(layers.map(({ digest }) => digest));
    expect(await partial.blobDescriptor(image, config.digest)).toBe(config);
    expect(await partial.blobSize(image, layers[1]!.digest)).toBe(layers[1]!.size);
    await expect(partial.blobDescriptor(image, someHash('0'))).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('values derived from a config', () => {
  it('are computed from the raw bytes', async () => {
    const raw = await image.rawConfigFile();
    expect(await partial.configName(image)).toBe(sha256Of(raw));
    expect(Buffer.compare(await partial.rawConfigFile(image), raw)).toBe(0);
    expect(await partial.diffIds(image)).toEqual((await partial.configFile(image)).rootfs.diff_ids);
  });
});

describe('the two names of a layer', () => {
  it('can be converted into each other', async () => {
    const digests = await partial.fsLayers(image);
    const diffIds = await partial.diffIds(image);
    expect(await partial.blobToDiffId(image, digests[1]!)).toBe(diffIds[1]);
    expect(await partial.diffIdToBlob(image, diffIds[0]!)).toBe(digests[0]);
  });

  it('are not found for a layer that the image does not have', async () => {
    await expect(partial.blobToDiffId(image, someHash('0'))).rejects.toBeInstanceOf(NotFoundError);
    await expect(partial.diffIdToBlob(image, someHash('0'))).rejects.toBeInstanceOf(NotFoundError);
  });

  it('L25: are refused if the manifest and the config list different numbers of layers', async () => {
    const odd = partial.compressedToImage(
      storedImage({ manifest: (m) => ({ ...m, layers: m.layers.slice(1) }) }),
    );
    const [digest] = await partial.fsLayers(odd);
    await expect(partial.blobToDiffId(odd, digest!)).rejects.toBeInstanceOf(ManifestInvalidError);
    await expect(partial.diffIdToBlob(odd, someHash('0'))).rejects.toBeInstanceOf(ManifestInvalidError);
  });
});

describe('descriptor', () => {
  it('is the one under which the source lists the content', async () => {
    const listed = {
      mediaType: types.ociManifestSchema1,
      size: 3,
      digest: someHash('3'),
      annotations: { a: 'b' },
    };
    expect(await partial.descriptor({ ...image, descriptor: async () => listed })).toBe(listed);
  });

  it('is made from the content otherwise, with the artifact type of an image', async () => {
    expect(await partial.descriptor(image)).toEqual({
      mediaType: types.ociManifestSchema1,
      size: await image.size(),
      digest: await image.digest(),
      artifactType: types.ociConfigJson,
    });
    const layer = static_.newLayer(Buffer.from('x'), 'text/plain');
    expect(await partial.descriptor(layer)).toEqual({
      mediaType: 'text/plain',
      size: 1,
      digest: sha256Of(Buffer.from('x')),
    });
    expect(await partial.descriptor(empty.index)).not.toHaveProperty('artifactType');
  });

  it('has no artifact type if the manifest cannot be parsed', async () => {
    const broken = { ...image, rawManifest: async () => Buffer.from('{') };
    expect(await partial.descriptor(broken)).not.toHaveProperty('artifactType');
  });
});

describe('artifactType', () => {
  it('is the artifactType of the manifest, or the media type of the config', async () => {
    const typed = partial.compressedToImage(
      storedImage({ manifest: (m) => ({ ...m, artifactType: 'application/vnd.example' }) }),
    );
    expect(await partial.artifactType(typed)).toBe('application/vnd.example');
    expect(await partial.artifactType(image)).toBe(types.ociConfigJson);
  });

  it('fails if the manifest cannot be read', async () => {
    const unreachable = { manifest: async () => Promise.reject(new NotFoundError('gone')) };
    await expect(partial.artifactType(unreachable)).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('functions for optional methods', () => {
  const tar = static_.newLayer(Buffer.from('tar'), types.ociUncompressedLayer);
  const bare = (layer: Layer): Layer => ({
    digest: async () => layer.digest(),
    diffId: async () => layer.diffId(),
    compressed: async () => layer.compressed(),
    uncompressed: async () => layer.uncompressed(),
    size: async () => layer.size(),
    mediaType: async () => layer.mediaType(),
  });

  it('exists calls the method of the layer, or reads the first bytes', async () => {
    expect(await partial.exists({ ...bare(tar), exists: async () => false })).toBe(false);
    expect(await partial.exists(bare(tar))).toBe(true);
    const gone: Layer = { ...bare(tar), compressed: async () => Promise.reject(new NotFoundError('gone')) };
    expect(await partial.exists(gone)).toBe(false);
    const broken: Layer = { ...bare(tar), compressed: async () => Promise.reject(new Error('broken')) };
    await expect(partial.exists(broken)).rejects.toThrow('broken');
  });

  it('exists reads no more than the first bytes', async () => {
    const stream = Readable.from([Buffer.alloc(10), Buffer.alloc(10)]);
    expect(await partial.exists({ ...bare(tar), compressed: async () => stream })).toBe(true);
    expect(stream.destroyed).toBe(true);
  });

  it('uncompressedSize calls the method of the layer, or reads the layer', async () => {
    expect(await partial.uncompressedSize(bare(tar))).toBe(3);
    expect(await partial.uncompressedSize({ ...bare(tar), uncompressedSize: async () => 7 })).toBe(7);
    const layer = random.layer(1000, undefined, { seed: 1 });
    expect(await partial.uncompressedSize(layer)).toBe(
      (await readAll(await layer.uncompressed())).byteLength,
    );
  });

  it('mountFrom is undefined for a layer that does not come from a registry', () => {
    expect(partial.mountFrom(tar)).toBeUndefined();
  });

  it('configLayer is that of the image, or the raw config with the media type from the manifest', async () => {
    expect(await partial.configLayer({ ...image, configLayer: async () => tar })).toBe(tar);
    const layer = await partial.configLayer(image);
    expect(await layer.mediaType()).toBe(types.ociConfigJson);
    expect(await layer.digest()).toBe(await image.configName());
    expect(Buffer.compare(await readAll(await layer.uncompressed()), await image.rawConfigFile())).toBe(0);
  });
});

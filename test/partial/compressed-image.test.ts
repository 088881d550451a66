import { describe, expect, it } from '@jest/globals';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { DigestMismatchError, SizeMismatchError } from '../../src/errors/invalid/mismatch.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { describeImageContract } from '../contract/image-contract.js';
import { readAll } from '../support/tools/read-all.js';
import { descriptorOf, someHash, storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';

describeImageContract('an image widened from a manifest', () => compressedToImage(storedImage()));
describeImageContract('an artifact widened from a manifest', () =>
  compressedToImage(
    storedImage({
      manifest: (m) => ({ ...m, config: { ...m.config, mediaType: 'application/vnd.example+json' } }),
    }),
  ),
);

describe('compressedToImage', () => {
  it('reads nothing before a method is called, and manifest and config once', async () => {
    const core = storedImage();
    const image = compressedToImage(core);
    expect(core.reads.size).toBe(0);
    await Promise.all([
      image.digest(),
      image.size(),
      image.manifest(),
      image.configFile(),
      image.configName(),
    ]);
    await Promise.all([image.digest(), image.rawConfigFile(), image.layers()]);
    expect([...core.reads]).toEqual([
      ['manifest', 1],
      ['config', 1],
    ]);
  });

  it('knows the config name from the manifest, without reading the config', async () => {
    const core = storedImage();
    const image = compressedToImage(core);
    expect(await image.configName()).toBe((await image.manifest()).config.digest);
    expect(core.reads.has('config')).toBe(false);
  });

  it('knows diff IDs from the config, without reading a layer', async () => {
    const tars = [tarOf(['a', '1']), tarOf(['b', '2'])];
    const core = storedImage({ tars });
    const layers = await compressedToImage(core).layers();
    expect(await Promise.all(layers.map(async (layer) => layer.diffId()))).toEqual(
      tars.map((t) => sha256Bytes(t)),
    );
    expect([...core.reads.keys()].sort()).toEqual(['config', 'manifest']);
  });

  it('reads each layer of an artifact once for its diff ID', async () => {
    const tar = tarOf(['a', '1']);
    const core = storedImage({
      tars: [tar],
      manifest: (m) => ({ ...m, config: { ...m.config, mediaType: 'application/vnd.example+json' } }),
    });
    const [layer] = await compressedToImage(core).layers();
    expect(await layer!.diffId()).toBe(sha256Bytes(tar));
    await layer!.diffId();
    expect(core.reads.get(await layer!.digest())).toBe(1);
  });

  it('gives a layer the descriptor from the manifest', async () => {
    const urls = ['https://example.com/layer'];
    const image = compressedToImage(
      storedImage({ manifest: (m) => ({ ...m, layers: m.layers.map((layer) => ({ ...layer, urls })) }) }),
    );
    const [layer] = await image.layers();
    expect((await layer!.descriptor!()).urls).toEqual(urls);
  });

  it('L25: fails if the config has fewer diff IDs than the manifest has layers', async () => {
    const core = storedImage({
      config: (c) => ({ ...c, rootfs: { ...c.rootfs, diff_ids: c.rootfs.diff_ids.slice(1) } }),
    });
    const image = compressedToImage(core);
    const [layer] = await image.layers();
    await expect(layer!.diffId()).rejects.toBeInstanceOf(ManifestInvalidError);
    await expect(image.layerByDiffId(someHash('1'))).rejects.toThrow(
      '2 layers, but the config has 1 diff IDs',
    );
  });

  it('L26: makes one layer of a blob that is listed several times', async () => {
    const tar = tarOf(['a', '1']);
    const core = storedImage({ tars: [tar, tar, tar] });
    const layers = await compressedToImage(core).layers();
    expect(layers).toHaveLength(3);
    expect(new Set(layers).size).toBe(1);
  });

  describe('compressedToImage, if the config differs from its descriptor', () => {
    it('refuses different bytes of the same size', async () => {
      const real = await storedImage().rawConfigFile();
      const image = compressedToImage(storedImage({ configBytes: Buffer.alloc(real.byteLength, 0x20) }));
      await expect(image.rawConfigFile()).rejects.toBeInstanceOf(DigestMismatchError);
      await expect(image.configFile()).rejects.toBeInstanceOf(DigestMismatchError);
    });

    it('refuses bytes of a different size', async () => {
      const image = compressedToImage(storedImage({ configBytes: Buffer.from('{}') }));
      await expect(image.rawConfigFile()).rejects.toBeInstanceOf(SizeMismatchError);
    });

    it('L19: refuses a config beyond the cap without reading it, and names the option', async () => {
      const core = storedImage({ manifest: (m) => ({ ...m, config: { ...m.config, size: 5_000_000_000 } }) });
      const error: unknown = await compressedToImage(core)
        .rawConfigFile()
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LimitExceededError);
      expect((error as LimitExceededError).option).toBe('maxConfigBytes');
      expect(core.reads.has('config')).toBe(false);
    });

    it('reads a config beyond the default cap if the option allows it', async () => {
      const big = { author: 'x'.repeat(16 * 1024 * 1024) };
      const core = storedImage({ config: (c) => ({ ...c, ...big }) });
      await expect(compressedToImage(core).configFile()).rejects.toBeInstanceOf(LimitExceededError);
      const allowed = compressedToImage(core, { maxConfigBytes: 32 * 1024 * 1024 });
      expect((await allowed.configFile()).author).toBe(big.author);
    });

    it('reads again after a failure', async () => {
      const core = storedImage();
      let calls = 0;
      const image = compressedToImage({
        ...core,
        rawConfigFile: async (options) =>
          calls++ === 0 ? Promise.reject(new Error('reset')) : core.rawConfigFile(options),
      });
      await expect(image.configFile()).rejects.toThrow('reset');
      expect((await image.configFile()).os).toBe('linux');
    });
  });

  describe('compressedToImage, if a descriptor embeds its content', () => {
    const data = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

    it('uses an embedded config instead of reading it from the source', async () => {
      const config = await storedImage().rawConfigFile();
      const core = storedImage({ manifest: (m) => ({ ...m, config: { ...m.config, data: data(config) } }) });
      expect((await compressedToImage(core).configFile()).os).toBe('linux');
      expect(core.reads.has('config')).toBe(false);
    });

    it('uses an embedded layer instead of reading it from the source', async () => {
      const blob = Buffer.from('small');
      const core = storedImage({
        blobs: [],
        tars: [blob],
        manifest: (m) => ({ ...m, layers: [{ ...descriptorOf(blob, 'text/plain'), data: data(blob) }] }),
      });
      const [layer] = await compressedToImage(core).layers();
      expect((await readAll(await layer!.compressed())).toString()).toBe('small');
      expect(await layer!.exists!()).toBe(true);
    });

    it('L17: refuses embedded content that does not match its descriptor', async () => {
      const wrong = (size: number): string => data(Buffer.alloc(size));
      const config = compressedToImage(
        storedImage({ manifest: (m) => ({ ...m, config: { ...m.config, data: wrong(m.config.size) } }) }),
      );
      await expect(config.rawConfigFile()).rejects.toBeInstanceOf(DigestMismatchError);
      const layers = compressedToImage(
        storedImage({
          manifest: (m) => ({ ...m, layers: m.layers.map((layer) => ({ ...layer, data: wrong(1) })) }),
        }),
      );
      await expect(layers.layers()).rejects.toBeInstanceOf(SizeMismatchError);
    });
  });
});

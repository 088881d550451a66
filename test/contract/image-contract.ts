import { beforeAll, describe, expect, it } from '@jest/globals';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { newHash } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import { parseConfigFile } from '../../src/v1/documents/parse.js';
import { parseManifest } from '../../src/v1/documents/parse.js';
import { isConfig } from '../../src/v1/types.js';
import { isDeepFrozen } from '../support/tools/frozen.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { expectAbortable, expectConsistentLayer, expectFreshStreams, expectNoLeak } from './layer-checks.js';

const unknown = newHash(`sha256:${'0'.repeat(64)}`);

/** The contract that every image must keep, from any source. `make` gives a new view of the same image each time. */
export function describeImageContract(name: string, open: () => Image | Promise<Image>): void {
  describe(`${name} keeps the contract of images:`, () => {
    let image: Image;
    beforeAll(async () => {
      image = await open();
    });

    it('has the digest and the size of the bytes of its manifest', async () => {
      const raw = await image.rawManifest();
      const digest = await image.digest();
      if (digest.startsWith('sha256:')) expect(digest).toBe(sha256Of(raw));
      expect(await image.size()).toBe(raw.byteLength);
      expect(await image.manifest()).toEqual(parseManifest(raw));
      const { mediaType } = await image.manifest();
      if (mediaType !== undefined) expect(await image.mediaType()).toBe(mediaType);
    });

    it('has the config that its manifest lists', async () => {
      const raw = await image.rawConfigFile();
      const { config } = await image.manifest();
      expect({ digest: sha256Of(raw), size: raw.byteLength }).toEqual({
        digest: config.digest,
        size: config.size,
      });
      expect(await image.configName()).toBe(config.digest);
      if (isConfig(config.mediaType)) expect(await image.configFile()).toEqual(parseConfigFile(raw));
      const blob = await image.layerByDigest(config.digest);
      expect(Buffer.compare(await readAll(await blob.compressed()), raw)).toBe(0);
      expect(await blob.mediaType()).toBe(config.mediaType);
    });

    it('has the layers of its manifest and config, in their order', async () => {
      const { config, layers: listed } = await image.manifest();
      const layers = await image.layers();
      const found = await Promise.all(
        layers.map(async (layer) => ({
          digest: await layer.digest(),
          size: await layer.size(),
          mediaType: await layer.mediaType(),
        })),
      );
      expect(found).toEqual(listed.map(({ digest, size, mediaType }) => ({ digest, size, mediaType })));
      if (!isConfig(config.mediaType)) return;
      const ids = await Promise.all(layers.map(async (layer) => layer.diffId()));
      expect(ids).toEqual((await image.configFile()).rootfs.diff_ids);
    });

    it('finds each layer by digest and diff ID, and fails with NotFoundError for others', async () => {
      const { config } = await image.manifest();
      for (const layer of await image.layers()) {
        const digest = await layer.digest();
        expect(await (await image.layerByDigest(digest)).digest()).toBe(digest);
        if (!isConfig(config.mediaType)) continue;
        const diffId = await layer.diffId();
        expect(await (await image.layerByDiffId(diffId)).diffId()).toBe(diffId);
      }
      await expect(image.layerByDigest(unknown)).rejects.toBeInstanceOf(NotFoundError);
      if (isConfig(config.mediaType)) {
        await expect(image.layerByDiffId(unknown)).rejects.toBeInstanceOf(NotFoundError);
      }
    });

    it('has layers whose digests and sizes match their bytes', async () => {
      for (const layer of await image.layers()) await expectConsistentLayer(layer);
    });

    it('opens a fresh stream with every call', async () => {
      for (const layer of await image.layers()) {
        await expectFreshStreams(async () => layer.compressed());
        await expectFreshStreams(async () => layer.uncompressed());
      }
    });

    it('leaves nothing open if a stream is destroyed early', async () => {
      for (const layer of await image.layers()) {
        await expectNoLeak(async () => layer.compressed());
        await expectNoLeak(async () => layer.uncompressed());
      }
    });

    it('returns the same frozen documents in every call', async () => {
      expect(await image.manifest()).toBe(await image.manifest());
      expect(isDeepFrozen(await image.manifest())).toBe(true);
      const { config } = await image.manifest();
      if (!isConfig(config.mediaType)) return;
      expect(await image.configFile()).toBe(await image.configFile());
      expect(isDeepFrozen(await image.configFile())).toBe(true);
    });

    it('is the same image each time it is opened', async () => {
      const other = await open();
      expect(await other.digest()).toBe(await image.digest());
    });

    it('fails with the reason of an aborted signal', async () => {
      const fresh = await open();
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      await expect(fresh.rawManifest({ signal })).rejects.toBe(reason);
      await expect(fresh.rawConfigFile({ signal })).rejects.toBe(reason);
      await expect(fresh.layers({ signal })).rejects.toBe(reason);
      for (const layer of await image.layers()) await expectAbortable(layer);
    });
  });
}

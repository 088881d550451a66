import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { type Cache, image } from '../../src/cache/index.js';
import * as empty from '../../src/empty/index.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { appendLayers } from '../../src/mutate/append.js';
import { compressedFrom, exists } from '../../src/partial/capabilities.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { layerFromOpener } from '../../src/partial/layers/layer-source.js';
import * as random from '../../src/random/index.js';
import * as stream from '../../src/stream/index.js';
import type { Image } from '../../src/v1/image.js';
import type { Layer } from '../../src/v1/layer.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { kinds, requestsOf } from '../support/servers/request-list.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { firstLayer, useCacheFolder, usePushedImage } from '../support/images/cached-image.js';

const directory = useCacheFolder();
const pushed = usePushedImage();

const readLayers = async (cached: Image): Promise<string[]> =>
  Promise.all(
    (await cached.layers()).map(async (layer) => sha256Of(await readAll(await layer.compressed()))),
  );

describe('cache.image', () => {
  it('fetches only the manifest of an image that is in the cache', async () => {
    const { registry, open } = await pushed();
    const pull = async (): Promise<void> => {
      const cached = image(await open(), directory.cache());
      await cached.configFile();
      const digests = (await cached.manifest()).layers.map(({ digest }) => digest);
      expect(await readLayers(cached)).toEqual(digests);
      for (const layer of await cached.layers()) await layer.diffId();
    };
    expect(kinds(await requestsOf(registry, pull))).toMatchObject({ 'GET /v2/app/blobs/<digest>': 4 });
    expect(kinds(await requestsOf(registry, pull))).toEqual({ 'GET /v2/app/manifests/v1': 1 });
  });

  it('looks nothing up, and creates no directory, before a layer is read', async () => {
    const { registry, open } = await pushed();
    const source = await open();
    const options = await requestsOf(registry, async () => {
      const cached = image(source, directory.cache());
      for (const layer of await cached.layers()) await layer.size();
      await cached.digest();
    });
    expect(options).toEqual([]);
    expect(directory.entries()).toEqual([]);
  });

  it('stores the compressed bytes, whichever form is read', async () => {
    const { layer, digest, bytes, reads } = await firstLayer(directory.cache());
    const tar = await readAll(await layer.uncompressed());
    expect(Buffer.compare(tar, gunzipSync(bytes))).toBe(0);
    expect(directory.entries()).toEqual([digest]);
    expect(Buffer.compare(await readFile(directory.fileOf(digest)), bytes)).toBe(0);
    expect(Buffer.compare(await readAll(await layer.compressed()), bytes)).toBe(0);
    expect(Buffer.compare(await readAll(await layer.uncompressed()), tar)).toBe(0);
    expect(reads()).toBe(1);
  });

  it('stores the tar of a layer that no manifest lists, without compressing it', async () => {
    // The tar begins like gzip data, but the diff ID shows that it is the tar itself.
    for (const tar of [tarOf(['a', 'plain'.repeat(1000)]), gzipSync(tarOf(['b', 'twice']))]) {
      let opened = 0;
      const opener = (): Readable => {
        opened += 1;
        return Readable.from([gzipSync(tar)], { objectMode: false });
      };
      const source = layerFromOpener(opener, { anyLayer: true });
      const plain: Layer = { ...source, compressed: async () => Promise.reject(new Error('compressed')) };
      const [layer] = await image(
        { ...empty.image, layers: async () => [plain] },
        directory.cache(),
      ).layers();
      expect(Buffer.compare(await readAll(await layer!.uncompressed()), tar)).toBe(0);
      const before = opened;
      expect(Buffer.compare(await readAll(await layer!.uncompressed()), tar)).toBe(0);
      expect(opened).toBe(before);
      expect(directory.entries()).toContain(sha256Of(tar));
    }
  });

  it('verifies the bytes that a custom cache returns', async () => {
    const liar: Cache = {
      get: async () => (await random.image(1000, 1, { seed: 'liar' }).layers())[0]!,
      put: async (layer) => layer,
      delete: async () => Promise.resolve(),
    };
    const { layer } = await firstLayer(liar);
    // An entry of another size is not read at all.
    await expect(readAll(await layer.compressed())).resolves.toBeDefined();
    const sized = await firstLayer({
      ...liar,
      get: async (hash) => ({ ...(await liar.get(hash)), size: async () => layer.size() }),
    });
    await expect((async () => readAll(await sized.layer.compressed()))()).rejects.toBeInstanceOf(
      DigestMismatchError,
    );
  });

  it('reads the source if the cache has nothing, and fails if the cache fails', async () => {
    const without = (error: Error): Cache => ({
      get: async () => Promise.reject(error),
      put: async (layer) => layer,
      delete: async () => Promise.reject(error),
    });
    const missing = await firstLayer(without(new NotFoundError('no such layer')));
    expect(Buffer.compare(await readAll(await missing.layer.compressed()), missing.bytes)).toBe(0);
    const failing = await firstLayer(without(new Error('out of order')));
    await expect(failing.layer.compressed()).rejects.toThrow('out of order');
  });

  it('passes one-shot streams through', async () => {
    const tar = tarOf(['file', 'streamed']);
    const appended = appendLayers(empty.image, [
      stream.newLayer(Readable.from([tar], { objectMode: false })),
    ]);
    const cached = image(appended, directory.cache());
    const [layer] = await cached.layers();
    expect((await cached.layers())[0]).toBe(layer);
    expect(Buffer.compare(gunzipSync(await readAll(await layer!.compressed())), tar)).toBe(0);
    expect(await layer!.diffId()).toBe(sha256Of(tar));
    expect(directory.entries()).toEqual([]);
  });

  it('uses the cache for exists and compressedFrom', async () => {
    const { registry, open: pull } = await pushed();
    await readLayers(image(await pull(), directory.cache()));
    const source = await pull();
    const [layer] = await image(source, directory.cache()).layers();
    const bytes = await readAll(await (await source.layers())[0]!.compressed());
    const options = await requestsOf(registry, async () => {
      expect(await exists(layer!)).toBe(true);
      expect(Buffer.compare(await readAll(await compressedFrom(layer!, 1000)), bytes.subarray(1000))).toBe(0);
      expect(layer!.mountFrom?.()).toEqual({ registry: registry.host, repository: 'app' });
    });
    expect(options).toEqual([]);
  });

  it('applies the decompression limits to a tar from the cache', async () => {
    const core = storedImage({ tars: [tarOf(['zeros', '\0'.repeat(100_000)])] });
    const [layer] = await image(compressedToImage(core), directory.cache(), { maxBytes: 50_000 }).layers();
    await readAll(await layer!.compressed());
    await expect((async () => readAll(await layer!.uncompressed()))()).rejects.toBeInstanceOf(
      LimitExceededError,
    );
    // The entry is not damaged.
    expect(directory.entries()).toEqual([await layer!.digest()]);
  });
});

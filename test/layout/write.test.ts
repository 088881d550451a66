import { readdir, readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { DigestMismatchError, SizeMismatchError } from '../../src/errors/invalid/mismatch.js';
import { image as emptyImage } from '../../src/empty/image.js';
import { index as emptyIndex } from '../../src/empty/image-index.js';
import * as layout from '../../src/layout/index.js';
import { name as matchName } from '../../src/match/matchers.js';
import { appendLayers } from '../../src/mutate/append.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import { image as randomImage } from '../../src/random/image.js';
import { newHash } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import type { ProgressEvent } from '../../src/v1/progress.js';
import { oneShotLayer } from '../support/images/one-shot-layer.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const create = async (name = 'layout'): Promise<layout.Path> =>
  layout.fromPath(dir.path(name), { create: true });
const REF_NAME = 'org.opencontainers.image.ref.name';
const named = (name: string) => ({ annotations: { [REF_NAME]: name } });
const blobNames = async (): Promise<string[]> => (await readdir(dir.path('layout/blobs/sha256'))).sort();
const hexOf = (digest: string): string => digest.slice(digest.indexOf(':') + 1);

/** An image that counts how often its layers are opened. */
function counted(image: Image): { readonly image: Image; readonly opened: () => number } {
  let opened = 0;
  return {
    opened: () => opened,
    image: {
      ...image,
      layers: async (options) =>
        (await image.layers(options)).map((layer) => ({
          ...layer,
          compressed: async (options) => {
            opened += 1;
            return layer.compressed(options);
          },
        })),
    },
  };
}

describe('appendImage', () => {
  it('writes blobs and index.json as the specification defines them', async () => {
    const image = compressedToImage(storedImage());
    const path = await create();
    await path.appendImage(image);
    const manifest = await image.manifest();
    expect(await blobNames()).toEqual(
      [await image.digest(), manifest.config.digest, ...manifest.layers.map(({ digest }) => digest)]
        .map(hexOf)
        .sort(),
    );
    expect((await readdir(dir.path('layout'))).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(await readFile(dir.path('layout/index.json'), 'utf8')).toBe(
      [
        '{',
        '   "schemaVersion": 2,',
        '   "mediaType": "application/vnd.oci.image.index.v1+json",',
        '   "manifests": [',
        '      {',
        '         "mediaType": "application/vnd.oci.image.manifest.v1+json",',
        `         "size": ${await image.size()},`,
        `         "digest": "${await image.digest()}"`,
        '      }',
        '   ]',
        '}',
      ].join('\n'),
    );
  });

  it('adds an image once and fetches it once, however often it is called', async () => {
    const { image, opened } = counted(compressedToImage(storedImage()));
    const path = await create();
    await path.appendImage(image, named('v1'));
    await path.appendImage(image, named('v1'));
    await path.appendImage(image, named('v2'));
    const { manifests } = await (await path.imageIndex()).indexManifest();
    expect(manifests.map(({ annotations }) => annotations?.[REF_NAME])).toEqual(['v1', 'v2']);
    expect(opened()).toBe(2);
  });

  it('adds the annotations, URLs and platform of the options to the entry', async () => {
    const path = await create();
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const urls = ['https://example.com/image'];
    await path.appendImage(compressedToImage(storedImage()), { ...named('v1'), platform, urls });
    expect((await (await path.imageIndex()).indexManifest()).manifests[0]).toMatchObject({
      ...named('v1'),
      platform,
      urls,
    });
  });

  it('keeps the fields that other tools wrote into index.json', async () => {
    const path = await create();
    await writeFile(
      dir.path('layout/index.json'),
      '{"schemaVersion":2,"x-own":{"b":1,"a":"<&>"},"manifests":[],"annotations":{"z":"1","a":"2"}}',
    );
    await path.appendImage(compressedToImage(storedImage()));
    const index = JSON.parse(await readFile(dir.path('layout/index.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(index['x-own']).toEqual({ b: 1, a: '<&>' });
    expect(index.annotations).toEqual({ a: '2', z: '1' });
    expect(index).not.toHaveProperty('mediaType');
  });

  it('writes a layer that is a one-shot stream under the digest of its content', async () => {
    const tar = tarOf(['data', 'x'.repeat(10_000)]);
    const path = await create();
    await path.appendImage(appendLayers(emptyImage, [oneShotLayer(tar)]));
    const [layer] = await (await path.image()).layers();
    expect(await readAll(await layer!.uncompressed())).toEqual(tar);
    expect(await blobNames()).toHaveLength(3);
  });

  it('reports the blobs that it writes and those that exist already', async () => {
    const path = await create();
    const image = compressedToImage(storedImage());
    const events: ProgressEvent[] = [];
    await path.appendImage(image, { onProgress: (event) => events.push(event) });
    const [layer] = (await image.manifest()).layers;
    const own = events.filter(({ digest }) => digest === layer!.digest);
    expect(own[0]).toMatchObject({ kind: 'blob', sink: 'layout', state: 'started', size: layer!.size });
    expect(own.at(-1)).toMatchObject({ state: 'done', transferred: layer!.size, target: dir.path('layout') });
    expect(events.at(-1)).toMatchObject({ kind: 'manifest', state: 'done', digest: await image.digest() });
    events.length = 0;
    await path.appendImage(image, { onProgress: (event) => events.push(event) });
    expect(new Set(events.map(({ state }) => state))).toEqual(new Set(['expected', 'existing']));
  });

  it('verifies the digests of layers from any source, and leaves nothing of a wrong layer', async () => {
    const image = compressedToImage(storedImage());
    const [first, ...rest] = await image.layers();
    const wrong = {
      ...first!,
      compressed: async () => Readable.from([Buffer.alloc(await first!.size())], { objectMode: false }),
    };
    const path = await create();
    const appending = path.appendImage({ ...image, layers: async () => [wrong, ...rest] }, { jobs: 1 });
    await expect(appending).rejects.toThrow(DigestMismatchError);
    expect(await blobNames()).toEqual([]);
    expect((await (await path.imageIndex()).indexManifest()).manifests).toEqual([]);
  });

  it('verifies the sizes that layers report', async () => {
    const image = compressedToImage(storedImage());
    const [first] = await image.layers();
    const path = await create();
    const lying = { ...first!, size: async () => 1 };
    await expect(path.appendImage({ ...image, layers: async () => [lying] })).rejects.toThrow(
      SizeMismatchError,
    );
    expect(await blobNames()).toEqual([]);
  });

  it('stops for an aborted signal and leaves no temporary file', async () => {
    const controller = new AbortController();
    const image = compressedToImage(storedImage());
    const [first] = await image.layers();
    const silent = {
      ...first!,
      compressed: async () => {
        queueMicrotask(() => {
          controller.abort(new Error('enough'));
        });
        return new Readable({ read: () => undefined });
      },
    };
    const path = await create();
    const appending = path.appendImage(
      { ...image, layers: async () => [silent] },
      { signal: controller.signal },
    );
    await expect(appending).rejects.toThrow('enough');
    expect(await blobNames()).toEqual([]);
  });

  it('Y9: succeeds for two writers of the same blobs', async () => {
    const image = randomImage(200_000, 3, { seed: 'same' });
    const [one, two] = [await create(), await create()];
    await Promise.all([one.appendImage(image, named('one')), two.appendImage(image, named('two'))]);
    expect((await (await one.imageIndex()).indexManifest()).manifests).toHaveLength(2);
    for (const layer of await (await one.image(await image.digest())).layers())
      await readAll(await layer.compressed());
  });
});

describe('appendIndex', () => {
  it('writes everything below an index', async () => {
    const index = randomIndex(1000, 2, 3, { seed: 'index' });
    const path = await create();
    await path.appendIndex(index, { ...named('multi'), jobs: 2 });
    const whole = await path.imageIndex();
    const stored = await whole.imageIndex(await index.digest());
    expect(await stored.rawManifest()).toEqual(Buffer.from(await index.rawManifest()));
    for (const { digest } of (await stored.indexManifest()).manifests) {
      for (const layer of await (await stored.image(digest)).layers())
        await readAll(await layer.uncompressed());
      expect(await (await path.image(digest)).digest()).toBe(digest);
    }
  });

  it('copies children that are neither image nor index as blobs', async () => {
    const source = await create('source');
    const content = Buffer.from('anything');
    const digest = newHash(sha256Of(content));
    await source.writeBlob(digest, Readable.from([content], { objectMode: false }));
    await source.appendDescriptor({ mediaType: 'text/plain', size: content.byteLength, digest });
    const copy = await layout.write(dir.path('copy'), await source.imageIndex());
    expect(await copy.bytes(digest)).toEqual(content);
  });
});

describe('write of a layout', () => {
  it('writes the bytes of the index to index.json', async () => {
    const index = randomIndex(1000, 1, 2, { seed: 'write' });
    const path = await layout.write(dir.path('layout'), index);
    expect(await readFile(dir.path('layout/index.json'))).toEqual(Buffer.from(await index.rawManifest()));
    expect(await readFile(dir.path('layout/oci-layout'), 'utf8')).toBe(
      '{\n    "imageLayoutVersion": "1.0.0"\n}',
    );
    expect(await (await path.imageIndex()).digest()).toBe(await index.digest());
    expect(await blobNames()).not.toContain(hexOf(await index.digest()));
  });

  it('writes an empty layout for an empty index', async () => {
    await layout.write(dir.path('layout'), emptyIndex);
    expect((await (await layout.imageIndexFromPath(dir.path('layout'))).indexManifest()).manifests).toEqual(
      [],
    );
  });
});

describe('replaceImage', () => {
  it('replaces all entries that match', async () => {
    const path = await create();
    const [old, other, fresh] = ['old', 'other', 'new'].map((seed) => randomImage(100, 1, { seed }));
    await path.appendImage(old!, named('v1'));
    await path.appendImage(other!, named('v2'));
    await path.replaceImage(fresh!, matchName('v1'), named('v1'));
    const { manifests } = await (await path.imageIndex()).indexManifest();
    expect(manifests.map(({ digest }) => digest)).toEqual([await other!.digest(), await fresh!.digest()]);
    await path.removeDescriptors(matchName('v2'));
    expect(await (await path.image()).digest()).toBe(await fresh!.digest());
  });
});

import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { load } from '../../src/crane/load.js';
import { open } from '../../src/crane/locations/open.js';
import * as layout from '../../src/layout/index.js';
import * as random from '../../src/random/index.js';
import type { IndexManifest } from '../../src/v1/manifest.js';
import { ociImageIndex } from '../../src/v1/types.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();

/** Removes the media types from the entries of a layout's `index.json`. */
async function withoutTypes(directory: string): Promise<void> {
  const file = `${directory}/index.json`;
  const index = JSON.parse(await readFile(file, 'utf8')) as IndexManifest;
  const manifests = index.manifests.map(({ mediaType: _type, ...entry }) => entry);
  await writeFile(file, JSON.stringify({ ...index, manifests }));
}

describe('entries of index.json without a media type', () => {
  it('K15: get the media type of the image that they lead to', async () => {
    const image = random.image(1000, 2, { seed: 1 });
    const path = await layout.fromPath(dir.path('image'), { create: true });
    await path.appendImage(image);
    await withoutTypes(path.path);
    expect(await (await load(path.path)).digest()).toBe(await image.digest());
    // The same holds for an archive.
    const digests = [await image.digest(), await image.configName()];
    for (const layer of await image.layers()) digests.push(await layer.digest());
    const names = ['index.json', ...digests.map((digest) => `blobs/${digest.replace(':', '/')}`)];
    const entries = names.map(async (name) => ({ name, content: await readFile(dir.path('image', name)) }));
    await writeFile(dir.path('image.tar'), tarEntries(...(await Promise.all(entries))));
    expect(await (await load(dir.path('image.tar'))).digest()).toBe(await image.digest());
  });

  it('K15: get the media type of the index that they lead to, or none if its manifest is missing', async () => {
    const index = random.index(1000, 1, 2, { seed: 2 });
    const path = await layout.fromPath(dir.path('index'), { create: true });
    await path.appendIndex(index);
    const file = dir.path('index/index.json');
    await withoutTypes(path.path);
    const listed = JSON.parse(await readFile(file, 'utf8')) as IndexManifest;
    const missing = { ...listed.manifests[0], digest: `sha256:${'0'.repeat(64)}` };
    await writeFile(file, JSON.stringify({ ...listed, manifests: [...listed.manifests, missing] }));
    const stored = await open(path.path);
    expect(await (await stored.find()).digest()).toBe(await index.digest());
    const { manifests } = await (await stored.imageIndex()).indexManifest();
    expect(manifests.map(({ mediaType }) => mediaType)).toEqual([ociImageIndex, '']);
  });
});

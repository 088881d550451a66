import { readdir, readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { image as emptyImage } from '../../src/empty/image.js';
import { appendLayers } from '../../src/mutate/append.js';
import * as mutate from '../../src/mutate/index.js';
import { newTag } from '../../src/name/tag.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import * as tarball from '../../src/tarball/index.js';
import { oneShotLayer } from '../support/images/one-shot-layer.js';
import { readAll } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { withChangedLayer } from '../support/images/with-changed-layer.js';

const dir = useTempDir();

describe('writeOciToFile', () => {
  it('keeps the digest of an image', async () => {
    const image = compressedToImage(storedImage());
    await tarball.writeOciToFile(dir.path('app.tar'), newTag('app:v1'), image);
    const archive = await tarball.open(dir.path('app.tar'));
    expect(archive.images.map(({ tags }) => tags)).toEqual([['app:v1']]);
    const read = await archive.image({ tag: 'app:v1' });
    expect(await read.digest()).toBe(await image.digest());
    for (const layer of await read.layers()) await readAll(await layer.uncompressed());
  });

  it('writes all platforms of an index', async () => {
    const index = randomIndex(1000, 2, 3, { seed: 'oci' });
    await tarball.writeOciToFile(dir.path('app.tar'), newTag('app:v1'), index, { jobs: 2 });
    const archive = await tarball.open(dir.path('app.tar'));
    expect(archive.images).toHaveLength(3);
    const stored = await archive.index!.imageIndex(await index.digest());
    for (const { digest } of (await stored.indexManifest()).manifests) {
      for (const layer of await (await stored.image(digest)).layers())
        await readAll(await layer.compressed());
    }
  });

  it('writes the same bytes to a stream, each blob once', async () => {
    const contents = [
      [newTag('a:1'), compressedToImage(storedImage())],
      [newTag('b:1'), compressedToImage(storedImage())],
    ] as const;
    const stream = new PassThrough();
    const reading = readAll(stream);
    await tarball.multiWriteOci(contents, stream);
    stream.end();
    await tarball.multiWriteOciToFile(dir.path('app.tar'), contents);
    expect((await readFile(dir.path('app.tar'))).equals(await reading)).toBe(true);
    const archive = await tarball.open(dir.path('app.tar'));
    expect(archive.images.map(({ tags }) => tags)).toEqual([['a:1', 'b:1']]);
    expect(await (await archive.image({ tag: 'b:1' })).digest()).toBe(await contents[1][1].digest());
  });

  it('lists in manifest.json the images that Docker can load, the first platform of an index last', async () => {
    const index = randomIndex(1000, 1, 2, { seed: 'oci' });
    const artifact = mutate.configMediaType(
      compressedToImage(storedImage()),
      'application/vnd.example.config',
    );
    await tarball.multiWriteOciToFile(dir.path('app.tar'), [
      [newTag('app:v1'), index],
      [newTag('note:v1'), artifact],
      ['v2', compressedToImage(storedImage())],
    ]);
    const archive = await tarball.open(dir.path('app.tar'));
    const children = (await index.indexManifest()).manifests.map(({ digest }) => digest);
    expect(archive.images.map(({ tags, digest }) => [tags, digest])).toEqual([
      [['app:v1'], children[1]],
      [['app:v1'], children[0]],
      [['v2'], await compressedToImage(storedImage()).digest()],
    ]);
    expect(archive.manifest?.map(({ RepoTags }) => RepoTags)).toEqual([['app:v1'], ['app:v1'], null]);
    // The archive also contains an artifact that Docker cannot load.
    const note = await archive.find({ tag: 'note:v1' });
    expect(await note.digest()).toBe(await artifact.digest());
    expect(await (await archive.imageIndex({ tag: 'app:v1' })).digest()).toBe(await index.digest());
  });

  it('writes a layer that is a one-shot stream', async () => {
    const tar = tarOf(['data', 'x'.repeat(1000)]);
    const image = appendLayers(emptyImage, [oneShotLayer(tar)]);
    await tarball.writeOciToFile(dir.path('app.tar'), newTag('app'), image);
    const [layer] = await (await tarball.imageFromPath(dir.path('app.tar'))).layers();
    expect(await readAll(await layer!.uncompressed())).toEqual(tar);
  });

  it('B19: leaves no file if a source fails', async () => {
    const broken = await withChangedLayer(compressedToImage(storedImage()), 0, () => ({
      compressed: async () => Promise.reject(new Error('cut off')),
    }));
    await expect(tarball.writeOciToFile(dir.path('app.tar'), newTag('app'), broken)).rejects.toThrow(
      'cut off',
    );
    expect(await readdir(dir.path())).toEqual([]);
  });
});

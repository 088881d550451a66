import { rm } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { AmbiguousError } from '../../src/errors/ambiguous.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { index as emptyIndex } from '../../src/empty/image-index.js';
import * as layout from '../../src/layout/index.js';
import { appendManifests } from '../../src/mutate/views/index-children.js';
import { newTag } from '../../src/name/tag.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { StoredImages } from '../../src/stored/images.js';
import * as tarball from '../../src/tarball/index.js';
import { type ImageIndex, isImageIndex } from '../../src/v1/image-index.js';
import type { Image } from '../../src/v1/image.js';
import type { Platform } from '../../src/v1/platform.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };
const unknown = { os: 'unknown', architecture: 'unknown' };
const imageFor = (text: string, { os, architecture }: Platform = amd64): Image =>
  compressedToImage(
    storedImage({ tars: [tarOf(['file', text])], config: (config) => ({ ...config, os, architecture }) }),
  );
const [amd, arm, note, other] = [
  imageFor('amd'),
  imageFor('arm', arm64),
  imageFor('note', unknown),
  imageFor('other'),
] as const;
const multi = appendManifests(emptyIndex, [
  { add: amd, descriptor: { platform: amd64 } },
  { add: arm, descriptor: { platform: arm64 } },
  { add: note, descriptor: { platform: unknown } },
]);

/** The same images in each kind of location. */
const places: readonly (readonly [
  string,
  (contents: readonly [string, Image | ImageIndex][]) => Promise<StoredImages>,
])[] = [
  [
    'a layout',
    async (contents) => {
      const path = await layout.fromPath(temp.path('layout'), { create: true });
      for (const [name, thing] of contents) {
        const annotations = { 'org.opencontainers.image.ref.name': name };
        if (isImageIndex(thing)) await path.appendIndex(thing, { annotations });
        else await path.appendImage(thing, { annotations });
      }
      return layout.open(temp.path('layout'));
    },
  ],
  [
    'an OCI archive',
    async (contents) => {
      const file = temp.path('oci.tar');
      await tarball.multiWriteOciToFile(
        file,
        contents.map(([name, thing]) => [newTag(name), thing] as const),
      );
      return tarball.open(file);
    },
  ],
];

describe.each(places)('the images of %s', (_what, open) => {
  it('are found by tag, digest and platform', async () => {
    const stored = await open([
      ['app:v1', multi],
      ['other:v1', other],
    ]);
    const digest = async (selection: tarball.Selection) => (await stored.find(selection)).digest();
    expect(await digest({ tag: 'app:v1' })).toBe(await multi.digest());
    expect(await digest({ tag: 'docker.io/library/other:v1' })).toBe(await other.digest());
    expect(await digest({ tag: 'app:v1', platform: arm64 })).toBe(await arm.digest());
    expect(await digest({ platform: arm64 })).toBe(await arm.digest());
    expect(await digest({ digest: await arm.digest() })).toBe(await arm.digest());
    expect(await digest({ digest: await multi.digest() })).toBe(await multi.digest());
    expect(await digest({ digest: await multi.digest(), platform: amd64 })).toBe(await amd.digest());
    // An attestation can be selected only by its digest.
    expect(await digest({ digest: await note.digest() })).toBe(await note.digest());
    const failure: unknown = await stored.image({ tag: 'app:v1' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AmbiguousError);
    const { choices } = failure as AmbiguousError;
    expect(choices.map((choice) => /\((.*)\)$/.exec(choice)?.[1]).sort()).toEqual([
      'linux/amd64',
      'linux/arm64',
    ]);
  });

  it('are listed in the error if no image matches, or several do', async () => {
    const stored = await open([
      ['app:v1', multi],
      ['other:v1', other],
    ]);
    const failure = async (selection: tarball.Selection): Promise<unknown> =>
      stored.find(selection).catch((error: unknown) => error);
    const missing = await failure({ tag: 'app:v2' });
    expect(missing).toBeInstanceOf(NotFoundError);
    expect(String(missing)).toMatch(/app:v2.*app:v1.*other:v1/s);
    expect(await failure({ digest: await imageFor('x').digest() })).toBeInstanceOf(NotFoundError);
    expect(await failure({ tag: 'app:v1', digest: await other.digest() })).toBeInstanceOf(NotFoundError);
    expect(await failure({ platform: { os: 'windows', architecture: '' } })).toBeInstanceOf(NotFoundError);
    const both = await failure({});
    expect(both).toBeInstanceOf(AmbiguousError);
    expect(String(both)).toMatch(/app:v1.*other:v1/s);
    await expect(stored.imageIndex({ tag: 'other:v1' })).rejects.toThrow(NotFoundError);
    expect((await (await stored.imageIndex()).indexManifest()).manifests).toHaveLength(2);
  });

  it('are found without a selection if there is only one image or index', async () => {
    expect(await (await (await open([['app:v1', amd]])).find()).digest()).toBe(await amd.digest());
  });

  it('are found as the index if the index is the only entry', async () => {
    const stored = await open([['app:v1', multi]]);
    expect(await (await stored.find()).digest()).toBe(await multi.digest());
    expect(await (await stored.imageIndex({ tag: 'app:v1' })).digest()).toBe(await multi.digest());
  });
});

describe('an index in a layout', () => {
  it('is preferred to an image in it that has the same name', async () => {
    const path = await layout.fromPath(temp.path('layout'), { create: true });
    const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
    const index = appendManifests(emptyIndex, [{ add: amd, descriptor: { platform: amd64, annotations } }]);
    await path.appendIndex(index, { annotations });
    const stored = await path.images();
    expect(await (await stored.find({ tag: 'v1' })).digest()).toBe(await index.digest());
    expect(await (await stored.image({ tag: 'v1' })).digest()).toBe(await amd.digest());
  });
});

describe('a layout that lacks some images of an index', () => {
  it('lists the images that it has', async () => {
    const path = await layout.fromPath(temp.path('layout'), { create: true });
    await path.appendIndex(multi);
    await path.removeBlob(await arm.digest());
    const stored = await path.images();
    expect(stored.images.map(({ digest }) => digest)).toEqual([await amd.digest(), await note.digest()]);
    expect(await (await stored.find()).digest()).toBe(await amd.digest());
    expect(await (await path.image({ platform: amd64 })).digest()).toBe(await amd.digest());
    await expect(path.image({ platform: arm64 })).rejects.toThrow(NotFoundError);
    await rm(temp.path('layout/blobs'), { recursive: true });
    await expect((await path.images()).find()).rejects.toThrow(NotFoundError);
  });
});

describe('an archive without index.json', () => {
  it('returns images with one tag and several platforms as an index', async () => {
    const file = temp.path('docker.tar');
    await tarball.multiWriteToFile(file, [
      [newTag('app:v1'), amd],
      [newTag('app:v1'), arm],
      [newTag('other:v1'), other],
    ]);
    const archive = await tarball.open(file);
    const index = await archive.imageIndex({ tag: 'app:v1' });
    const { manifests } = await index.indexManifest();
    expect(manifests.map(({ platform }) => platform)).toEqual([amd64, arm64]);
    const [first] = manifests;
    expect(await (await index.image(first!.digest)).configName()).toBe(await amd.configName());
    expect((await (await archive.imageIndex()).indexManifest()).manifests).toHaveLength(3);
    await expect(archive.find()).rejects.toThrow(AmbiguousError);
  });

  it('does not combine images without a tag', async () => {
    const file = temp.path('docker.tar');
    await tarball.multiWriteToFile(file, [
      [newTag('app:v1'), amd],
      [newTag('app:v1'), other],
    ]);
    await expect((await tarball.open(file)).find({ tag: 'app:v1' })).rejects.toThrow(AmbiguousError);
  });
});

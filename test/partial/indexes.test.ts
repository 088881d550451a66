import { describe, expect, it } from '@jest/globals';
import * as empty from '../../src/empty/index.js';
import * as partial from '../../src/partial/index.js';
import * as random from '../../src/random/index.js';
import * as static_ from '../../src/static/index.js';
import type { Descriptor } from '../../src/v1/descriptor.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import { marshalIndexManifest } from '../../src/v1/documents/marshal.js';
import { ociImageIndex } from '../../src/v1/types.js';
import { describeIndexContract } from '../contract/index-contract.js';

const image = random.image(10, 1, { seed: 'child' });
const nested = random.index(10, 1, 1, { seed: 'nested' });
const blob = static_.newLayer(Buffer.from('blob'), 'application/octet-stream');

async function children(): Promise<readonly Descriptor[]> {
  return Promise.all(
    [image, nested, blob].map(async (thing) => ({
      mediaType: await thing.mediaType(),
      size: await thing.size(),
      digest: await thing.digest(),
    })),
  );
}

function mixedIndex(options: { opened?: string[]; withLayer?: boolean } = {}): ImageIndex {
  const { opened = [], withLayer = true } = options;
  return partial.indexFromCore({
    mediaType: async () => ociImageIndex,
    rawManifest: async () =>
      marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests: await children() }),
    image: async ({ digest }) => {
      opened.push(digest);
      return image;
    },
    imageIndex: async ({ digest }) => {
      opened.push(digest);
      return nested;
    },
    ...(withLayer && { layer: async () => blob }),
  });
}

describeIndexContract('an index widened from a core', () => mixedIndex());

describe('indexFromCore', () => {
  it('calls the core once for each child, and only for listed children', async () => {
    const opened: string[] = [];
    const index = mixedIndex({ opened });
    const digest = await image.digest();
    const [first, second] = await Promise.all([index.image(digest), index.image(digest)]);
    expect(first).toBe(second);
    await expect(index.image(await empty.image.digest())).rejects.toThrow('the index does not list it');
    expect(opened).toEqual([digest]);
  });

  it('opens a child again after a failure', async () => {
    let calls = 0;
    const index = partial.indexFromCore({
      mediaType: async () => ociImageIndex,
      rawManifest: async () => mixedIndex().rawManifest(),
      image: async () => (calls++ === 0 ? Promise.reject(new Error('reset')) : image),
      imageIndex: async () => nested,
    });
    const digest = await image.digest();
    await expect(index.image(digest)).rejects.toThrow('reset');
    expect(await index.image(digest)).toBe(image);
  });
});

describe('manifests', () => {
  it('opens children as images, indexes and layers, in the order of the index', async () => {
    expect(await partial.manifests(mixedIndex())).toEqual([image, nested, blob]);
    expect(await partial.computeManifests(mixedIndex())).toEqual([image, nested, blob]);
  });

  it('returns an object with a descriptor for a child that the index cannot open', async () => {
    const [, , other] = await partial.manifests(mixedIndex({ withLayer: false }));
    const [, , listed] = await children();
    expect(await partial.descriptor(other!)).toEqual(listed);
    expect([await other!.digest(), await other!.size(), await other!.mediaType()]).toEqual([
      listed!.digest,
      listed!.size,
      listed!.mediaType,
    ]);
  });

  it('returns the children of an index that has them as objects', async () => {
    const index = { ...mixedIndex(), manifests: async () => [blob] };
    expect(await partial.manifests(index)).toEqual([blob]);
  });

  it('opens no more children at the same time than `jobs` allows', async () => {
    let open = 0;
    let most = 0;
    const many = random.index(1, 1, 8, { seed: 'many' });
    const index: ImageIndex = {
      ...many,
      image: async (digest) => {
        most = Math.max(most, (open += 1));
        const found = await many.image(digest);
        open -= 1;
        return found;
      },
    };
    expect(await partial.computeManifests(index, { jobs: 3 })).toHaveLength(8);
    expect(most).toBe(3);
  });
});

describe('findManifests, findImages and findIndexes', () => {
  it('return the descriptors, images or indexes that match', async () => {
    const index = mixedIndex();
    const all = (): boolean => true;
    expect(await partial.findManifests(index, all)).toEqual(await children());
    expect(await partial.findImages(index, all)).toEqual([image]);
    expect(await partial.findIndexes(index, all)).toEqual([nested]);
    const digest = await image.digest();
    expect(await partial.findImages(index, (child) => child.digest !== digest)).toEqual([]);
    expect(await partial.findManifests(index, (child) => child.digest === digest)).toHaveLength(1);
  });
});

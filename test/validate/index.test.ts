import { describe, expect, it } from '@jest/globals';
import * as empty from '../../src/empty/index.js';
import { ValidationError } from '../../src/errors/invalid/validation.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { indexFromCore } from '../../src/partial/index-from-core.js';
import * as random from '../../src/random/index.js';
import * as static_ from '../../src/static/index.js';
import type { Descriptor } from '../../src/v1/descriptor.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import type { Image } from '../../src/v1/image.js';
import type { Layer } from '../../src/v1/layer.js';
import { marshalIndexManifest } from '../../src/v1/documents/marshal.js';
import { ociImageIndex } from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { someHash, storedImage, type StoredImageOptions } from '../support/images/stored-image.js';

async function findingsIn(
  index: ImageIndex,
  options?: validate.ValidateIndexOptions,
): Promise<readonly string[]> {
  try {
    await validate.index(index, options);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.findings;
    throw error;
  }
}

type Child = readonly [child: Image | ImageIndex | Layer, change?: Partial<Descriptor>];

/** An index of any children. Each is listed by its own descriptor, with changes. */
async function indexOf(...children: readonly Child[]): Promise<ImageIndex> {
  const manifests = await Promise.all(
    children.map(async ([child, change]) => ({
      mediaType: await child.mediaType(),
      size: await child.size(),
      digest: await child.digest(),
      ...change,
    })),
  );
  const find = (digest: string): Child[0] => children[manifests.findIndex((m) => m.digest === digest)]![0];
  return indexFromCore({
    mediaType: async () => ociImageIndex,
    rawManifest: async () => marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests }),
    image: async ({ digest }) => find(digest) as Image,
    imageIndex: async ({ digest }) => find(digest) as ImageIndex,
    layer: async ({ digest }) => find(digest) as Layer,
  });
}

const stored = (options?: StoredImageOptions): Image => compressedToImage(storedImage(options));
const amd64 = { architecture: 'amd64', os: 'linux' };

describe('validate.index', () => {
  it('finds nothing wrong with a valid index', async () => {
    expect(await findingsIn(empty.index)).toEqual([]);
    expect(await findingsIn(random.index(1000, 2, 3, { seed: 1 }))).toEqual([]);
    const blob = static_.newLayer(Buffer.from('sbom'), 'application/spdx+json');
    const mixed = await indexOf(
      [stored(), { platform: amd64 }],
      [random.index(1, 1, 1, { seed: 1 })],
      [blob],
    );
    expect(await findingsIn(mixed)).toEqual([]);
    expect(await findingsIn(mixed, { fast: true })).toEqual([]);
  });

  it('names the child of a finding', async () => {
    const bad = stored({ config: (c) => ({ ...c, rootfs: { ...c.rootfs, type: 'tree' } }) });
    const index = await indexOf([random.image(1, 1, { seed: 1 })], [await indexOf([bad])]);
    const [, outer] = (await index.indexManifest()).manifests;
    expect(await findingsIn(index)).toEqual([
      `child 1 (${outer!.digest}): child 0 (${await bad.digest()}): rootfs.type of the config: want layers, got tree`,
    ]);
  });

  it.each([
    { name: 'os', platform: { ...amd64, os: 'windows' }, found: 'os: want windows, got linux' },
    {
      name: 'architecture',
      platform: { ...amd64, architecture: 'arm' },
      found: 'architecture: want arm, got amd64',
    },
    { name: 'variant', platform: { ...amd64, variant: 'v3' }, found: 'variant: want v3, got none' },
    {
      name: 'os.version',
      platform: { ...amd64, 'os.version': '10' },
      found: 'os.version: want 10, got none',
    },
    {
      name: 'os.features',
      platform: { ...amd64, 'os.features': ['a'] },
      found: 'os.features: want a, got none',
    },
  ])('finds that the $name of an image differs from the index', async ({ platform, found }) => {
    const findings = await findingsIn(await indexOf([stored(), { platform }]));
    expect(findings).toEqual([expect.stringContaining(`platform: ${found}`)]);
  });

  it('treats 64-bit Arm without a variant as v8', async () => {
    const arm = stored({ config: (c) => ({ ...c, architecture: 'arm64' }) });
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    expect(await findingsIn(await indexOf([arm, { platform }]))).toEqual([]);
  });

  it('does not check the platform of an artifact', async () => {
    const artifact = stored({
      manifest: (m) => ({ ...m, config: { ...m.config, mediaType: 'application/vnd.example+json' } }),
    });
    const platform = { os: 'unknown', architecture: 'unknown' };
    expect(await findingsIn(await indexOf([artifact, { platform }]))).toEqual([]);
  });

  it('finds children whose size or media type differs from the index', async () => {
    const findings = await findingsIn(
      await indexOf([
        stored(),
        { size: 1, mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
      ]),
    );
    expect(findings).toEqual([
      expect.stringContaining('media type in the index'),
      expect.stringContaining('size in the index: want 1'),
    ]);
  });

  it('finds missing children, and continues', async () => {
    const index = await indexOf([stored()], [stored({ tars: [] })]);
    const [first] = (await index.indexManifest()).manifests;
    const broken: ImageIndex = {
      ...index,
      image: async (digest, options) =>
        digest === first!.digest ? Promise.reject(new Error('404')) : index.image(digest, options),
    };
    expect(await findingsIn(broken)).toEqual([`child 0 (${first!.digest}): image: 404`]);
  });

  it('finds blobs that do not match their descriptors', async () => {
    const blob = static_.newLayer(Buffer.from('sbom'), 'application/spdx+json');
    const lying: Layer = { ...blob, digest: async () => someHash('5') };
    const index = await indexOf([lying]);
    expect(await findingsIn(index)).toEqual([
      expect.stringContaining(`digest of the bytes: want ${someHash('5')}`),
    ]);
  });

  it('finds an index manifest that differs from what the index says about it', async () => {
    const index = {
      ...random.index(1, 1, 1, { seed: 1 }),
      digest: async () => someHash('9'),
      size: async () => 1,
    };
    expect((await findingsIn(index)).map((finding) => finding.split(':')[0])).toEqual([
      'digest of the manifest',
      'size of the manifest',
    ]);
  });

  it('P1: does not go deeper than its cap', async () => {
    let index = await indexOf([stored()]);
    for (let depth = 2; depth <= 18; depth += 1) index = await indexOf([index]);
    const findings = await findingsIn(index);
    expect(findings).toEqual([expect.stringContaining('indexes nest deeper than 16')]);
    expect(await findingsIn(index, { maxDepth: 18 })).toEqual([]);
  });

  it('P2: reads a child that is listed many times once', async () => {
    const core = storedImage();
    const image = compressedToImage(core);
    const index = await indexOf(...Array.from({ length: 1000 }, (): Child => [image]));
    expect(await findingsIn(index)).toEqual([]);
    expect(Math.max(...core.reads.values())).toBe(1);
  });

  it('P3: ends for an index that claims to contain itself', async () => {
    const inner = await indexOf([stored()]);
    const digest = someHash('7');
    const raw = marshalIndexManifest({
      schemaVersion: 2,
      mediaType: ociImageIndex,
      manifests: [{ mediaType: ociImageIndex, size: 1, digest }],
    });
    const cyclic: ImageIndex = indexFromCore({
      mediaType: async () => ociImageIndex,
      digest: async () => digest,
      rawManifest: async () => raw,
      image: async (child) => inner.image(child.digest),
      imageIndex: async () => cyclic,
    });
    expect((await findingsIn(cyclic)).length).toBeGreaterThan(0);
  });

  it('reads no more layers at the same time than `jobs` allows, however deep the index nests', async () => {
    let open = 0;
    let most = 0;
    const watched = (seed: number): Image => {
      const image = random.image(1, 2, { seed });
      return {
        ...image,
        layers: async (o) =>
          (await image.layers(o)).map((layer) => ({
            ...layer,
            compressed: async (options) => {
              most = Math.max(most, (open += 1));
              const stream = await layer.compressed(options);
              return stream.once('close', () => (open -= 1));
            },
          })),
      };
    };
    const nested = await Promise.all(
      [1, 2, 3].map(async (seed) => indexOf([watched(seed * 10)], [watched(seed * 10 + 1)])),
    );
    expect(await findingsIn(await indexOf(...nested.map((index): Child => [index])), { jobs: 2 })).toEqual(
      [],
    );
    expect(most).toBe(2);
  });

  it('rejects, instead of reporting a finding, when the caller aborts', async () => {
    const reason = new Error('enough');
    const index = random.index(1, 1, 1, { seed: 1 });
    await expect(validate.index(index, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

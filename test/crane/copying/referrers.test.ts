import { describe, expect, it } from '@jest/globals';
import { copy, copyRepository } from '../../../src/crane/copying/copy.js';
import type { CopyOptions } from '../../../src/crane/index.js';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../../src/errors/invalid/manifest.js';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import { PartialFailureError } from '../../../src/errors/service/partial-failure.js';
import { parseReference } from '../../../src/name/parse-reference.js';
import { newRepository } from '../../../src/name/repository.js';
import type { Repository } from '../../../src/name/reference.js';
import { image as randomImage } from '../../../src/random/image.js';
import { index as randomIndex } from '../../../src/random/image-index.js';
import { deleteManifest } from '../../../src/remote/delete.js';
import { get } from '../../../src/remote/get.js';
import { head } from '../../../src/remote/head.js';
import { list } from '../../../src/remote/list.js';
import { put, push, write, writeIndex } from '../../../src/remote/push.js';
import { referrers } from '../../../src/remote/referrers.js';
import type { Descriptor } from '../../../src/v1/descriptor.js';
import type { Hash } from '../../../src/v1/hash.js';
import type { Image } from '../../../src/v1/image.js';
import { marshalIndexManifest } from '../../../src/v1/documents/marshal.js';
import { ociImageIndex } from '../../../src/v1/types.js';
import { useClosing } from '../../support/tools/closing.js';
import { referringImage } from '../../support/images/referring-image.js';
import { kinds, requestsOf } from '../../support/servers/request-list.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';

const closing = useClosing();

interface Pair {
  readonly from: Repository;
  readonly to: Repository;
  readonly source: StartedRegistry;
  readonly target: StartedRegistry;
}

async function twoRegistries(api: readonly [boolean, boolean] = [true, true]): Promise<Pair> {
  const source = await closing(startRegistry({ referrers: api[0] }));
  const target = await closing(startRegistry({ referrers: api[1] }));
  return {
    source,
    target,
    from: newRepository(`${source.host}/app`),
    to: newRepository(`${target.host}/mirror`),
  };
}

/** Pushes content by its digest. */
async function place(repository: Repository, image: Image): Promise<Descriptor> {
  const digest = await image.digest();
  await push(repository.digest(digest), image);
  return describedAs(repository, digest);
}

async function describedAs(repository: Repository, identifier: string): Promise<Descriptor> {
  const { mediaType, size, digest } = await get(
    parseReference(`${repository.name()}${identifier.includes(':') ? '@' : ':'}${identifier}`),
  );
  return { mediaType, size, digest };
}

async function listed(repository: Repository, subject: string): Promise<string[]> {
  const { manifests } = await (await referrers(repository.digest(subject))).indexManifest();
  return manifests.map(({ annotations }) => annotations?.['org.example.name'] ?? '').sort();
}

const copyTag = async ({ from, to }: Pair, options: CopyOptions): Promise<unknown> =>
  copy(from.tag('v1').name(), to.tag('v1').name(), options);

describe.each([
  ['an API to one with an API', [true, true]],
  ['an API to one without', [true, false]],
  ['the fallback tag to one with an API', [false, true]],
  ['the fallback tag to one without an API', [false, false]],
] as const)('copy from a registry with %s', (_title, api) => {
  it('copies referrers, those of children, and those of referrers', async () => {
    const pair = await twoRegistries(api);
    const { from, to } = pair;
    await writeIndex(from.tag('v1'), randomIndex(100, 1, 2));
    const root = await describedAs(from, 'v1');
    const [child] = (await (await get(from.tag('v1')).then((got) => got.imageIndex())).indexManifest())
      .manifests;
    await place(from, referringImage(root, 'example/signature', 'of the index'));
    const sbom = await place(from, referringImage(child!, 'example/sbom', 'of a child'));
    const signature = await place(from, referringImage(sbom, 'example/signature', 'of the SBOM'));

    await copyTag(pair, { referrers: true });
    expect((await head(to.tag('v1'))).digest).toBe(root.digest);
    expect(await listed(to, root.digest)).toEqual(['of the index']);
    expect(await listed(to, child!.digest)).toEqual(['of a child']);
    expect(await listed(to, sbom.digest)).toEqual(['of the SBOM']);
    const image = await (await get(to.digest(signature.digest))).image();
    for (const layer of await image.layers()) expect(await layer.exists?.()).toBe(true);
  });

  it('copies only referrers of the given artifact types', async () => {
    const pair = await twoRegistries(api);
    await write(pair.from.tag('v1'), randomImage(100, 1));
    const root = await describedAs(pair.from, 'v1');
    for (const type of ['a', 'b', 'c']) await place(pair.from, referringImage(root, type));
    await copyTag(pair, { referrers: { artifactTypes: ['b'] } });
    expect(await listed(pair.to, root.digest)).toEqual(['b']);
    await copyTag(pair, { referrers: { artifactTypes: ['b', 'c'] } });
    expect(await listed(pair.to, root.digest)).toEqual(['b', 'c']);
  });

  it('P7: lists a referrer that the target has, but does not list', async () => {
    const pair = await twoRegistries(api);
    await write(pair.from.tag('v1'), randomImage(100, 1));
    const root = await describedAs(pair.from, 'v1');
    const signature = referringImage(root, 'example/signature');
    await place(pair.from, signature);
    await copyTag(pair, { referrers: true });
    if (!api[1]) await deleteManifest(pair.to.tag(root.digest.replace(':', '-')));
    await copyTag(pair, { referrers: true });
    expect(await listed(pair.to, root.digest)).toEqual(['example/signature']);
  });
});

describe('copy with referrers', () => {
  it('copies no referrers by default', async () => {
    const pair = await twoRegistries();
    await write(pair.from.tag('v1'), randomImage(100, 1));
    const root = await describedAs(pair.from, 'v1');
    await place(pair.from, referringImage(root, 'example/signature'));
    const options = await requestsOf(pair.source, async () => copyTag(pair, {}));
    expect(options.filter((request) => request.includes('referrers'))).toEqual([]);
    expect(await listed(pair.to, root.digest)).toEqual([]);
  });

  it('copies the referrers of the image if it copies one platform', async () => {
    const pair = await twoRegistries();
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ];
    const index = marshalIndexManifest({
      schemaVersion: 2,
      mediaType: ociImageIndex,
      manifests: await Promise.all(
        platforms.map(async (platform) => ({ ...(await place(pair.from, randomImage(100, 1))), platform })),
      ),
    });
    await put(pair.from.tag('v1'), { mediaType: ociImageIndex, rawManifest: async () => index });
    const root = await describedAs(pair.from, 'v1');
    const { manifests } = await (await (await get(pair.from.tag('v1'))).imageIndex()).indexManifest();
    for (const [at, subject] of [root, ...manifests].entries())
      await place(pair.from, referringImage({ ...subject, platform: undefined }, `${at}`));
    await copyTag(pair, { referrers: true, platform: 'linux/arm64' });
    const [amd64, arm64] = manifests;
    expect(await listed(pair.to, arm64!.digest)).toEqual(['2']);
    expect(await listed(pair.to, amd64!.digest)).toEqual([]);
  });

  it('P3: copies everything else, and then reports a missing referrer', async () => {
    const pair = await twoRegistries([false, true]);
    await write(pair.from.tag('v1'), randomImage(100, 1));
    const root = await describedAs(pair.from, 'v1');
    await place(pair.from, referringImage(root, 'present'));
    const missing = pair.from.digest((await place(pair.from, referringImage(root, 'missing'))).digest);
    // The registry still lists the deleted referrer.
    await deleteManifest(missing, { referrersTagFallback: false });

    const error = await copyTag(pair, { referrers: true }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PartialFailureError);
    expect((error as PartialFailureError).failures).toEqual([
      { subject: missing.name(), error: expect.any(NotFoundError) },
    ]);
    expect((await head(pair.to.tag('v1'))).digest).toBe(root.digest);
    expect(await listed(pair.to, root.digest)).toEqual(['present']);
  });

  it('P3: ends if referrers form a circle, and skips a manifest that refers to another subject', async () => {
    const pair = await twoRegistries([false, true]);
    await write(pair.from.tag('v1'), randomImage(100, 1));
    const root = await describedAs(pair.from, 'v1');
    const first = await place(pair.from, referringImage(root, 'first'));
    const other = await place(pair.from, randomImage(100, 1));
    await putIndex(pair.from, first.digest, [root, first, other]);
    const error = await copyTag(pair, { referrers: true }).catch((reason: unknown) => reason);
    expect((error as PartialFailureError).failures).toMatchObject(
      [root, other].map(() => ({ error: expect.any(ManifestInvalidError) })),
    );
    expect(await listed(pair.to, root.digest)).toEqual(['first']);
    await expect(head(pair.to.digest(other.digest))).rejects.toThrow(NotFoundError);
  });

  it('P3: limits the length of a chain and the number of referrers', async () => {
    const pair = await twoRegistries();
    await write(pair.from.tag('v1'), randomImage(100, 1));
    let subject = await describedAs(pair.from, 'v1');
    const chain = [subject];
    for (const at of [0, 1, 2]) {
      subject = await place(pair.from, referringImage(subject, `${at}`));
      chain.push(subject);
    }
    for (const limit of [{ maxDepth: 2 }, { maxCount: 2 }]) {
      const error = await copyTag(pair, { referrers: limit }).catch((reason: unknown) => reason);
      expect((error as PartialFailureError).failures).toMatchObject([
        { error: expect.any(LimitExceededError) },
      ]);
      expect(await listed(pair.to, chain[1]!.digest)).toEqual(['1']);
      expect(await listed(pair.to, chain[2]!.digest)).toEqual([]);
    }
    await copyTag(pair, { referrers: { maxDepth: 3, maxCount: 3 } });
    expect(await listed(pair.to, chain[2]!.digest)).toEqual(['2']);
  });

  it('sends nothing twice', async () => {
    const pair = await twoRegistries();
    await write(pair.from.tag('v1'), randomImage(100, 1));
    const root = await describedAs(pair.from, 'v1');
    for (const type of ['a', 'b']) await place(pair.from, referringImage(root, type));
    await copyTag(pair, { referrers: true });
    const sent = await requestsOf(pair.target, async () => copyTag(pair, { referrers: true }));
    expect(kinds(sent)).toEqual({
      'HEAD /v2/mirror/manifests/v1': 1,
      'HEAD /v2/mirror/manifests/<digest>': 2,
      'GET /v2/mirror/referrers/<digest>': expect.any(Number),
    });
  });

  it('copies the referrers of all tags of a repository, but no fallback tags', async () => {
    const pair = await twoRegistries([false, true]);
    const roots: Hash[] = [];
    for (const tag of ['v1', 'v2']) {
      await write(pair.from.tag(tag), randomImage(100, 1));
      const root = await describedAs(pair.from, tag);
      await place(pair.from, referringImage(root, 'example/signature'));
      roots.push(root.digest);
    }
    await copyRepository(pair.from.name(), pair.to.name(), { referrers: true });
    expect(await list(pair.to)).toEqual(['v1', 'v2']);
    for (const root of roots) expect(await listed(pair.to, root)).toEqual(['example/signature']);
  });
});

describe('copy with digest tags', () => {
  it('copies only the tags that are named after copied digests', async () => {
    const pair = await twoRegistries([false, true]);
    await writeIndex(pair.from.tag('v1'), randomIndex(100, 1, 1));
    const root = await describedAs(pair.from, 'v1');
    const [child] = (await (await (await get(pair.from.tag('v1'))).imageIndex()).indexManifest()).manifests;
    const base = root.digest.replace(':', '-');
    const wanted = [`${base}.sig`, `${base}.att`, `${child!.digest.replace(':', '-')}.sbom`].sort();
    const others = ['v2', `sha256-${'0'.repeat(64)}.sig`, `${base}x.sig`];
    for (const tag of [...wanted, ...others]) await write(pair.from.tag(tag), randomImage(100, 1));
    await place(pair.from, referringImage(root, 'example/signature'));

    await copyTag(pair, { digestTags: true });
    expect(await list(pair.to)).toEqual([...wanted, 'v1'].sort());
    expect(await listed(pair.to, root.digest)).toEqual([]);
    await copyTag(pair, { digestTags: true, referrers: true });
    expect(await list(pair.to)).toEqual([...wanted, 'v1'].sort());
    expect(await listed(pair.to, root.digest)).toEqual(['example/signature']);
  });
});

/** Writes the index of a subject's fallback tag. */
async function putIndex(
  repository: Repository,
  subject: string,
  manifests: readonly Descriptor[],
): Promise<void> {
  const bytes = marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests });
  await put(repository.tag(subject.replace(':', '-')), {
    mediaType: ociImageIndex,
    rawManifest: async () => bytes,
  });
}

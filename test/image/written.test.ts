import { mkdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { crane, errors, image, tarball, v1, validate } from '../../src/index.js';
import { amd64, arm64, imageFor, multi } from '../support/images/platform-images.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { entriesOf } from './entries-of.js';

const temp = useTempDir();

describe('image.build for several platforms', () => {
  it('makes an index whose entries have the platforms of their configs', async () => {
    const made = await image.build({
      from: multi,
      platforms: ['linux/amd64', 'linux/arm64'],
      copy: [{ a: 'a' }],
    });
    await validate.index(made);
    const { manifests } = await made.indexManifest();
    expect(manifests.map(({ platform }) => platform)).toEqual([amd64, arm64]);
    for (const { digest, platform } of manifests) {
      const child = await made.image(digest);
      expect(await child.configFile()).toMatchObject(platform!);
      expect((await child.manifest()).layers).toHaveLength(2);
    }
  });

  it('makes an index also of one platform, and images without a base', async () => {
    const made = await image.build({ platforms: ['linux/arm/v7'], copy: [{ a: 'a' }] });
    const { manifests } = await made.indexManifest();
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ]);
  });

  it('makes files for each platform by a function, and what they share once', async () => {
    let reads = 0;
    async function* once(): AsyncGenerator<Uint8Array> {
      reads += 1;
      yield Buffer.from('shared');
    }
    const shared = { shared: once() };
    const made = await image.build({
      platforms: ['linux/amd64', 'linux/arm64'],
      copy: ({ architecture }) => [shared, { 'bin/app': `for ${architecture}` }],
    });
    const contents: unknown[] = [];
    for (const { digest } of (await made.indexManifest()).manifests)
      contents.push(await entriesOf(await made.image(digest)), await entriesOf(await made.image(digest), 0));
    expect(contents).toEqual([
      ['755 0:0 bin/ ', '644 0:0 bin/app for amd64'],
      ['644 0:0 shared shared'],
      ['755 0:0 bin/ ', '644 0:0 bin/app for arm64'],
      ['644 0:0 shared shared'],
    ]);
    expect(reads).toBe(1);
  });

  it('fails clearly if the base has no image for a platform', async () => {
    const platforms = ['linux/amd64', 'linux/s390x'];
    await expect(image.build({ from: multi, platforms })).rejects.toThrow(errors.NotFoundError);
    await expect(image.build({ from: multi, platforms })).rejects.toThrow(/linux\/s390x/);
    await expect(image.build({ from: imageFor('x'), platforms })).rejects.toThrow(
      'the base has no image for linux/s390x: it is an image for linux/amd64',
    );
    await expect(image.build({ from: imageFor('x'), platform: 'linux/arm64' })).rejects.toThrow(
      errors.NotFoundError,
    );
  });
});

describe('the result of image.build', () => {
  const registry = useRegistry();

  it('is pushed, and mounts the layers of its base', async () => {
    const base = `${registry.host}/base:1`;
    await crane.push(multi, base);
    const made = await image.build({ from: base, platform: 'linux/arm64', copy: [{ a: 'a' }] });
    const pushed = await made.push(`${registry.host}/app:1`);
    expect(pushed).toEqual({
      reference: `${registry.host}/app@${await made.digest()}`,
      ...{ digest: await made.digest(), mediaType: await made.mediaType(), size: await made.size() },
    });
    expect(await crane.digest(`${registry.host}/app:1`)).toBe(pushed.digest);
    expect(registry.requests.some(({ method, url }) => method === 'POST' && url.includes('mount='))).toBe(
      true,
    );
    // Of the base, only the config is read.
    const read = registry.requests.filter(
      ({ method, url }) => method === 'GET' && url.includes('/base/blobs/'),
    );
    expect(read).toHaveLength(1);
  });

  it('is saved as an archive, as a layout, and at a location; an index keeps its platforms', async () => {
    const made = await image.build({ copy: [{ a: 'a' }] });
    expect(await made.save(temp.path('app.tar'))).toMatchObject({ digest: await made.digest() });
    expect(await (await tarball.imageFromPath(temp.path('app.tar'))).configName()).toBe(
      await made.configName(),
    );
    const index = await image.build({ platforms: ['linux/amd64', 'linux/arm64'] });
    const saved = await index.save(temp.path('index.tar'));
    expect(saved).toMatchObject({ digest: await index.digest(), mediaType: v1.types.ociImageIndex });
    await mkdir(temp.path('layout'));
    await index.save(temp.path('layout'));
    const stored = await crane.open(temp.path('layout'));
    expect(await (await stored.imageIndex()).digest()).toBeDefined();
    expect(await index.save({ kind: 'oci', path: temp.path('other'), tag: 'v1' })).toMatchObject({
      digest: await index.digest(),
    });
    await expect(made.save('')).rejects.toThrow('`location` must be a path');
    await expect(made.push('')).rejects.toThrow('`reference` must be a reference');
  });

  it('frees the copies of streams when it is disposed of', async () => {
    const big = Buffer.alloc(5 * 1024 * 1024, 'x');
    const made = await image.build({ copy: [{ a: Readable.from([big]) }] });
    await made[Symbol.asyncDispose]();
    await made[Symbol.asyncDispose]();
    expect((await made.manifest()).layers).toHaveLength(1);
  });
});

describe('a base in a registry', () => {
  const registry = useRegistry();

  it('is recorded, so that its updates are found', async () => {
    const reference = `${registry.host}/base:v1`;
    const base = await image.build({ copy: [{ a: '1' }] });
    await base.push(reference);
    const app = await image.build({ from: reference, copy: [{ b: '2' }], annotations: { note: 'x' } });
    expect((await app.manifest()).annotations).toEqual({
      'org.opencontainers.image.base.digest': await base.digest(),
      'org.opencontainers.image.base.name': reference,
      note: 'x',
    });
    expect(await crane.checkBase(app)).toMatchObject({ status: 'current' });
    await (await image.build({ copy: [{ a: 'changed' }] })).push(reference);
    expect(await crane.checkBase(app)).toMatchObject({ status: 'outdated' });
    expect((await (await image.build({ from: base })).manifest()).annotations).toBeUndefined();
  });
});

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import * as crane from '../../src/crane/index.js';
import { AmbiguousError } from '../../src/errors/ambiguous.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import * as layout from '../../src/layout/index.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import type { Image } from '../../src/v1/image.js';
import { amd, arm, multi, other } from '../support/images/platform-images.js';
import { readAll } from '../support/tools/read-all.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
const named = (reference: string): string => `${registry.host}/${reference}`;

const place = crane.parseLocation;
const digestOf = async (thing: Image | ImageIndex): Promise<string> => thing.digest();

describe('crane.pushFrom', () => {
  it('pushes the selected image, or all images as an index', async () => {
    await crane.writeTo(multi, place(`oci:${temp.path('layout')}:multi`));
    await crane.writeTo(other, place(`oci:${temp.path('layout')}:other`));
    const from = temp.path('layout');
    const push = async (options: crane.PushFromOptions) =>
      (await crane.pushFrom(from, named('app:v1'), options)).digest;
    await expect(push({})).rejects.toThrow(AmbiguousError);
    expect(await push({ tag: 'other' })).toBe(await other.digest());
    expect(await push({ tag: 'multi' })).toBe(await multi.digest());
    expect(await push({ tag: 'multi', platform: 'linux/arm64' })).toBe(await arm.digest());
    expect(await push({ digest: await arm.digest() })).toBe(await arm.digest());
    expect(await push({ index: true, tag: 'multi' })).toBe(await multi.digest());
    expect(await push({ index: true })).toBe(await (await layout.imageIndexFromPath(from)).digest());
    expect(await crane.digest(named('app:v1'))).toBe(await (await layout.imageIndexFromPath(from)).digest());
    await expect(push({ tag: 'v9' })).rejects.toThrow(/multi.*other/s);
  });

  it('pushes an archive with several platforms as an index', async () => {
    await crane.push(multi, named('app:multi'));
    const file = temp.path('both.tar');
    await crane.pullTo([named('app:multi')], file, { platforms: 'all' });
    const pushed = await crane.pushFrom(file, named('copy:multi'));
    const index = await (await crane.get(named('copy:multi'))).imageIndex();
    expect(await index.digest()).toBe(pushed.digest);
    const { manifests } = await index.indexManifest();
    expect(manifests.map(({ platform }) => platform?.architecture).sort()).toEqual(['amd64', 'arm64']);
    // docker gives a shared tag to the last image.
    const last = (await crane.open(file)).images.at(-1);
    expect(await (await last!.open()).configName()).toBe(await amd.configName());
  });

  it('pushes every image to the tags it has', async () => {
    const file = temp.path('all.tar');
    await crane.multiSave({ [named('a:1')]: amd, [named('b:1')]: other, [named('b:2')]: other }, file);
    const pushed = await crane.pushTags(file);
    const repositories = pushed.map(({ reference }) => reference.replace(/@.*/, ''));
    expect(repositories).toEqual([named('a'), named('b'), named('b')]);
    for (const [reference, image] of [
      ['a:1', amd],
      ['b:1', other],
      ['b:2', other],
    ] as const) {
      expect(await (await crane.pull(named(reference))).configName()).toBe(await image.configName());
    }
    await crane.saveOci(amd, temp.path('layout'));
    await expect(crane.pushTags(temp.path('layout'))).rejects.toThrow(NotFoundError);
  });
});

describe('crane.pullTo', () => {
  beforeEach(async () => {
    await crane.push(multi, named('app:v1'));
    await crane.push(other, named('other:v1'));
  });
  const references = (): string[] => [named('app:v1'), named('other:v1')];

  it('writes several references and platforms into one OCI archive', async () => {
    const file = temp.path('oci.tar');
    await crane.pullTo(references(), file, { format: 'oci-archive' });
    const stored = await crane.open(file);
    expect(stored.manifest?.map(({ RepoTags }) => RepoTags)).toEqual(stored.images.map(({ tags }) => tags));
    expect(await digestOf(await stored.find({ tag: named('app:v1') }))).toBe(await multi.digest());
    expect(await digestOf(await stored.find({ tag: named('other:v1') }))).toBe(await other.digest());
    await crane.pullTo(references(), file, { format: 'oci-archive', platform: 'linux/arm64' });
    expect(await digestOf(await (await crane.open(file)).find({ tag: named('app:v1') }))).toBe(
      await arm.digest(),
    );
  });

  it.each(['oci', 'oci-archive'] as const)(
    'keeps of an index what is for the platforms: %s',
    async (format) => {
      const target = temp.path('target');
      await crane.pullTo([named('app:v1')], target, { format, platforms: ['linux/arm64', 'linux/amd64'] });
      expect(await digestOf(await (await crane.open(target)).find())).toBe(await multi.digest());
      await crane.pullTo([named('app:v1')], temp.path('all'), { format, platforms: 'all' });
      expect(await digestOf(await (await crane.open(temp.path('all'))).find())).toBe(await multi.digest());
      await expect(
        crane.pullTo([named('app:v1')], target, { format, platforms: ['linux/arm64', 'linux/s390x'] }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND', hint: 'choose from linux/amd64, linux/arm64' });
    },
  );

  it('writes several platforms under one tag for docker load', async () => {
    const file = temp.path('docker.tar');
    await crane.pullTo(references(), file, { platforms: ['linux/amd64', 'linux/arm64'] });
    // docker gives a shared tag to the last image, so the first platform is written last.
    const [, last] = (await crane.open(file)).images;
    expect(await (await last!.open()).configName()).toBe(await amd.configName());
    await crane.pullTo(references(), file, { platforms: ['linux/arm64', 'linux/amd64'] });
    const [, armLast] = (await crane.open(file)).images;
    expect(await (await armLast!.open()).configName()).toBe(await arm.configName());
    const { images } = await crane.open(file);
    expect(images.map(({ tags }) => tags)).toEqual([
      [named('app:v1')],
      [named('app:v1')],
      [named('other:v1')],
    ]);
    const loaded = await crane.load(file, { tag: named('app:v1'), platform: 'linux/arm64' });
    expect(await loaded.configName()).toBe(await arm.configName());
    await expect(crane.pullTo(references(), file, { format: 'legacy', platforms: 'all' })).rejects.toThrow(
      UnsupportedError,
    );
  });

  it.each(['tarball', 'legacy', 'oci-archive'] as const)('streams an archive: %s', async (format) => {
    const stdout = new PassThrough();
    const reading = readAll(stdout);
    await crane.pullTo([named('other:v1')], '-', { format, stdout });
    expect(stdout.writableEnded).toBe(false);
    stdout.end();
    await crane.pullTo([named('other:v1')], temp.path('file.tar'), { format });
    expect((await reading).equals(await readFile(temp.path('file.tar')))).toBe(true);
    await expect(crane.pullTo([named('other:v1')], stdout, { format: 'oci' })).rejects.toThrow(
      UnsupportedError,
    );
  });

  it('keeps the downloaded data of an index with resume', async () => {
    const file = temp.path('oci.tar');
    await crane.pullTo(references(), file, { format: 'oci-archive', resume: true });
    expect(await digestOf(await (await crane.open(file)).find({ tag: named('app:v1') }))).toBe(
      await multi.digest(),
    );
  });

  it('creates no layout if the image does not exist', async () => {
    const pulling = crane.pullTo([named('missing:v1')], temp.path('new'), { format: 'oci' });
    await expect(pulling).rejects.toThrow(NotFoundError);
    expect(existsSync(temp.path('new'))).toBe(false);
  });

  it('fetches only the blobs that a layout does not have', async () => {
    const dir = temp.path('layout');
    const states: string[] = [];
    const onProgress: crane.CraneOptions['onProgress'] = (event) => {
      if (event.kind === 'blob') states.push(event.state);
    };
    await crane.pullTo([named('app:v1')], dir, { format: 'oci' });
    await crane.pullTo(references(), dir, { format: 'oci', onProgress });
    expect(states.filter((state) => state === 'done')).toHaveLength(2);
  });
});

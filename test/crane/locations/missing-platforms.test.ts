import { describe, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import * as empty from '../../../src/empty/index.js';
import * as layout from '../../../src/layout/index.js';
import * as mutate from '../../../src/mutate/index.js';
import * as name from '../../../src/name/index.js';
import * as remote from '../../../src/remote/index.js';
import type { ImageIndex } from '../../../src/v1/image-index.js';
import type { Image } from '../../../src/v1/image.js';
import type { Platform } from '../../../src/v1/platform.js';
import * as types from '../../../src/v1/types.js';
import { gantry } from '../../support/programs/gantry.js';
import { amd, amd64, arm, arm64, multi } from '../../support/images/platform-images.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const withoutPlatform = { platform: undefined };
/** An index whose descriptors have no platforms. The image for the other platform comes first. */
const flat = mutate.appendManifests(empty.index, [
  { add: arm, descriptor: withoutPlatform },
  { add: amd, descriptor: withoutPlatform },
]);
/** The platform is only in a nested index. */
const inner = mutate.appendManifests(empty.index, [
  {
    add: mutate.appendManifests(empty.index, [{ add: arm, descriptor: withoutPlatform }]),
    descriptor: { platform: arm64 },
  },
]);
const hidden = mutate.appendManifests(empty.index, [{ add: flat }, { add: inner }]);

const registry = useRegistry();
const named = (reference: string): string => `${registry.host}/${reference}`;

type Places = Readonly<Record<string, (index: ImageIndex) => Promise<crane.ImageLocation>>>;
const places: Places = {
  'a registry': async (index) => {
    await remote.writeIndex(name.newTag(named('app:1')), index);
    return named('app:1');
  },
  'a layout': async (index) => {
    const path = temp.path('layout');
    await (await layout.fromPath(path, { create: true })).appendIndex(index);
    return { kind: 'oci', path };
  },
};

async function platformsOf(index: ImageIndex): Promise<readonly (Platform | undefined)[]> {
  return (await index.indexManifest()).manifests.map(({ platform }) => platform);
}

describe.each(Object.entries(places))('descriptors without a platform in %s', (_place, put) => {
  it('N19: nested indexes are searched if several platforms are selected', async () => {
    const place = await put(hidden);
    const target = `oci:${temp.path('kept')}`;
    const source = typeof place === 'string' ? place : `oci:${temp.path('layout')}`;
    const filtered = await gantry(['index', 'filter', '--platform', 'linux/amd64', source, '-t', target]);
    expect(filtered).toMatchObject({ code: 0 });
    const kept: crane.ImageLocation = { kind: 'oci', path: temp.path('kept') };
    const left = await crane.find(kept, { platform: 'linux/amd64' });
    expect(await (await left.image()).digest()).toBe(await amd.digest());
    const gone = crane.find(kept, { platform: 'linux/arm64' }).then(async (found) => found.image());
    await expect(gone).rejects.toThrow(/has no image for linux\/arm64/);

    const nothing = await gantry(['index', 'filter', '--platform', 'linux/s390x', source, '-t', target]);
    expect(nothing).toMatchObject({ code: 3 });
    expect(nothing.stderr).toContain('linux/amd64');

    const pulled = temp.path('pulled');
    const flags = ['--format', 'oci', '--platform', 'linux/amd64,linux/arm64'];
    expect(await gantry(['pull', ...flags, source, pulled])).toMatchObject({ code: 0 });
    for (const one of [amd, arm]) {
      const { os, architecture } = await one.configFile();
      const found = await crane.find({ kind: 'oci', path: pulled }, { platform: `${os}/${architecture}` });
      expect(await (await found.image()).digest()).toBe(await one.digest());
    }
    const wrong = ['pull', '--format', 'oci', '--platform', 'linux/amd64,linux/s390x', source, pulled];
    expect(await gantry(wrong)).toMatchObject({ code: 3 });
  });

  it.each([
    ['images', flat],
    ['an index in an index', hidden],
  ])('I6: the configs of %s select the image', async (_what, index) => {
    const place = await put(index);
    const chosen = async (platform?: string): Promise<Image> =>
      (await crane.find(place, { platform })).image();
    expect(await (await chosen('linux/arm64')).digest()).toBe(await arm.digest());
    expect(await (await chosen('linux/amd64')).digest()).toBe(await amd.digest());
    expect(await (await chosen()).digest()).toBe(await amd.digest());
    await expect(chosen('linux/s390x')).rejects.toThrow(/has no image for linux\/s390x/);
  });

  it('I6: an image for another platform is not used', async () => {
    const place = await put(inner);
    const of = async (platform: string): Promise<Image> => (await crane.find(place, { platform })).image();
    expect(await (await of('linux/arm64')).digest()).toBe(await arm.digest());
    await expect(of('linux/amd64')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('platforms', () => {
  it('I6: no config is read if every descriptor has a platform', async () => {
    await remote.writeIndex(name.newTag(named('app:1')), multi);
    const before = registry.requests.length;
    await remote.image(name.newTag(named('app:1')), { platform: arm64 });
    const options = registry.requests.slice(before).filter(({ url }) => url !== '/v2/');
    expect(options.map(({ url }) => url.split('/').at(-2))).toEqual(['manifests', 'manifests']);
  });

  it('I6: are written to a new index', async () => {
    await remote.writeIndex(name.newTag(named('flat:1')), flat);
    const appended = await gantry(['index', 'append', '-m', named('flat:1'), '-t', named('made:1')]);
    expect(appended).toMatchObject({ code: 0 });
    expect(await platformsOf(await remote.index(name.newTag(named('made:1'))))).toEqual([arm64, amd64]);
    expect(await platformsOf(mutate.appendManifests(empty.index, [{ add: arm }, { add: amd }]))).toEqual([
      arm64,
      amd64,
    ]);
    const path = temp.path('layout');
    const to = await layout.fromPath(path, { create: true });
    for (const image of [arm, amd]) await to.appendImage(image);
    await crane.pushFrom(path, named('pushed:1'), { index: true });
    expect(await platformsOf(await remote.index(name.newTag(named('pushed:1'))))).toEqual([arm64, amd64]);
  });

  it('I6: keep a variant that only the index has', async () => {
    const v7 = { architecture: 'arm', os: 'linux', variant: 'v7' };
    const index = mutate.appendManifests(empty.index, [
      { add: amd, descriptor: { platform: v7 } },
      { add: arm, descriptor: withoutPlatform },
    ]);
    await remote.writeIndex(name.newTag(named('v:1')), index);
    expect((await gantry(['index', 'append', '-m', named('v:1'), '-t', named('made:1')])).code).toBe(0);
    expect(await platformsOf(await remote.index(name.newTag(named('made:1'))))).toEqual([v7, arm64]);
  });

  it('I6: an index keeps its bytes if no platform is missing or none is known', async () => {
    expect(await mutate.withPlatforms(multi).digest()).toBe(await multi.digest());
    const artifact = mutate.configMediaType(amd, 'application/vnd.example+json');
    const index = mutate.appendManifests(empty.index, [{ add: artifact }]);
    expect(await mutate.withPlatforms(index).digest()).toBe(await index.digest());
    expect((await index.indexManifest()).manifests[0]).not.toHaveProperty('platform');
    const emptyConfig = mutate.mediaType(empty.image, types.ociManifestSchema1);
    expect(
      (await mutate.appendManifests(empty.index, [{ add: emptyConfig }]).indexManifest()).manifests[0],
    ).not.toHaveProperty('platform');
  });

  it('I7: a filter that matches nothing lists the platforms that exist, and pushes nothing', async () => {
    await remote.writeIndex(name.newTag(named('flat:1')), flat);
    const filter = async (platform: string) =>
      gantry(['index', 'filter', named('flat:1'), '--platform', platform, '-t', named('few:1')]);
    const outcome = await filter('linux/s390x');
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toMatch(/has no image for linux\/s390x; choose from linux\/arm64, linux\/amd64/);
    await expect(remote.head(name.newTag(named('few:1')))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await filter('linux/arm64')).code).toBe(0);
    expect(await platformsOf(await remote.index(name.newTag(named('few:1'))))).toEqual([arm64]);
  });
});

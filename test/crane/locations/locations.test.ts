import { readFile, stat, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import { AmbiguousError } from '../../../src/errors/ambiguous.js';
import { BadNameError } from '../../../src/errors/invalid/name.js';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import { TagExistsError } from '../../../src/errors/service/tag-exists.js';
import { UnsupportedError } from '../../../src/errors/unsupported.js';
import * as layout from '../../../src/layout/index.js';
import * as legacy from '../../../src/legacy/index.js';
import * as mutate from '../../../src/mutate/index.js';
import { newTag } from '../../../src/name/tag.js';
import * as tarball from '../../../src/tarball/index.js';
import type { ImageIndex } from '../../../src/v1/image-index.js';
import type { Image } from '../../../src/v1/image.js';
import { amd, amd64, arm, arm64, imageFor, multi, other } from '../../support/images/platform-images.js';
import { readAll } from '../../support/tools/read-all.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
const named = (reference: string): string => `${registry.host}/${reference}`;

const place = crane.parseLocation;
const digestOf = async (thing: Image | ImageIndex): Promise<string> => thing.digest();

describe('crane.load', () => {
  const forms: readonly (readonly [string, () => Promise<string>])[] = [
    [
      'a docker-save archive',
      async () => written('docker.tar', async (file) => crane.save(amd, 'app:v1', file)),
    ],
    [
      'a compressed docker-save archive without the usual extension',
      async () => {
        const file = await written('docker.tar', async (path) => crane.save(amd, 'app:v1', path));
        await writeFile(temp.path('image.zip'), gzipSync(await readFile(file)));
        return temp.path('image.zip');
      },
    ],
    [
      'an archive in the first format',
      async () =>
        written('legacy.tar', async (file) => legacy.tarball.writeToFile(file, newTag('app:v1'), amd)),
    ],
    [
      'an OCI archive',
      async () => written('oci.tar', async (file) => tarball.writeOciToFile(file, newTag('app:v1'), amd)),
    ],
    ['a layout', async () => written('layout', async (dir) => crane.saveOci(amd, dir))],
  ];
  async function written(name: string, write: (path: string) => Promise<unknown>): Promise<string> {
    await write(temp.path(name));
    return temp.path(name);
  }

  it.each(forms)('reads %s', async (_what, make) => {
    const loaded = await crane.load(await make());
    expect(await loaded.configName()).toBe(await amd.configName());
    for (const layer of await loaded.layers()) await readAll(await layer.uncompressed());
  });

  it('reads standard input and any other stream', async () => {
    await crane.save(amd, 'app:v1', temp.path('app.tar'));
    const open = () => createReadStream(temp.path('app.tar'));
    for (const loaded of [
      await crane.load('-', { stdin: open() }),
      await crane.load(open(), { tag: 'app:v1' }),
    ]) {
      expect(await loaded.configName()).toBe(await amd.configName());
    }
  });

  it('selects an image by tag, digest or platform', async () => {
    await crane.saveOci(amd, temp.path('layout'));
    await crane.saveOci(arm, temp.path('layout'));
    const dir = temp.path('layout');
    await expect(crane.load(dir)).rejects.toThrow(AmbiguousError);
    expect(await digestOf(await crane.load(dir, { digest: await arm.digest() }))).toBe(await arm.digest());
    expect(await digestOf(await crane.load(dir, { platform: 'linux/arm64' }))).toBe(await arm.digest());
    await expect(crane.load(dir, { tag: 'v1' })).rejects.toThrow(NotFoundError);
    await expect(crane.load(temp.path('nothing'))).rejects.toMatchObject({ systemCode: 'ENOENT' });
  });
});

describe('crane.copy between locations', () => {
  const targets = [
    'oci:DIR/layout:v1',
    'oci-archive:DIR/oci.tar:app:v1',
    'docker-archive:DIR/docker.tar:app:v1',
    'REGISTRY/copy:v1',
  ];
  const at = (text: string): string => text.replace('DIR', temp.path()).replace('REGISTRY', registry.host);

  it.each(
    targets.flatMap((from) =>
      targets.map((to) => [from, to.replace('copy', 'second').replace('DIR/', 'DIR/to-')]),
    ),
  )('takes an image from %s to %s', async (from, to) => {
    await crane.writeTo(amd, place(at(from)));
    await crane.copy(place(at(from)), place(at(to)));
    const there = await crane.pull(place(at(to)));
    expect(await there.configName()).toBe(await amd.configName());
    expect(await crane.config(place(at(to)))).toEqual(await amd.rawConfigFile());
    for (const layer of await there.layers()) await readAll(await layer.uncompressed());
  });

  it('copies a whole index if the target can hold it, and one platform otherwise', async () => {
    const source = place(`oci:${temp.path('layout')}:multi`);
    const pushed = await crane.writeTo(multi, source);
    expect(pushed).toEqual({
      reference: `oci:${temp.path('layout')}@${await multi.digest()}`,
      digest: await multi.digest(),
      mediaType: await multi.mediaType(),
      size: await multi.size(),
    });
    await crane.copy(source, place(`oci-archive:${temp.path('oci.tar')}`));
    expect(await crane.digest(place(`oci-archive:${temp.path('oci.tar')}`))).toBe(await multi.digest());
    await crane.copy(source, named('app:multi'));
    expect(await crane.digest(named('app:multi'))).toBe(await multi.digest());
    await crane.copy(source, place(`docker-archive:${temp.path('docker.tar')}`));
    const loaded = await crane.load(temp.path('docker.tar'));
    expect(await loaded.configName()).toBe(await amd.configName());
    await crane.copy(source, place(`docker-archive:${temp.path('arm.tar')}:app:arm`), {
      platform: 'linux/arm64',
    });
    const forArm = await crane.load(temp.path('arm.tar'), { tag: 'app:arm' });
    expect(await forArm.configName()).toBe(await arm.configName());
    // As with an index in a registry, verbs that need one image use linux/amd64.
    expect(await digestOf(await crane.pull(source))).toBe(await amd.digest());
    expect(await digestOf(await crane.pull(source, { platform: 'linux/arm64' }))).toBe(await arm.digest());
    await expect(crane.pull(source, { platform: 'linux/s390x' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'choose one of linux/amd64, linux/arm64',
    });
  });

  it('replaces only the entry of a layout with the same tag', async () => {
    const dir = temp.path('layout');
    await crane.writeTo(amd, place(`oci:${dir}:v1`));
    await crane.writeTo(other, place(`oci:${dir}:v2`));
    await crane.writeTo(arm, place(`oci:${dir}:v1`));
    const { images } = await layout.open(dir);
    expect(images.map(({ tags, digest }) => [tags, digest])).toEqual([
      [['v2'], await other.digest()],
      [['v1'], await arm.digest()],
    ]);
    await crane.writeTo(multi, place(`oci:${dir}:v1`));
    expect(await crane.digest(place(`oci:${dir}:v1`))).toBe(await multi.digest());
    expect(await crane.manifestsOf(place(dir))).toHaveLength(2);
    await crane.writeTo(mutate.annotations(multi, { a: 'b' }), place(`oci:${dir}:v1`));
    expect(await crane.manifestsOf(place(dir))).toHaveLength(2);
  });

  it('does not replace an existing image with noClobber', async () => {
    await crane.push(amd, named('app:v1'));
    const noClobber = true;
    for (const target of [`oci:${temp.path('layout')}:v1`, `docker-archive:${temp.path('app.tar')}:app:v1`]) {
      await crane.copy(named('app:v1'), place(target), { noClobber });
      await expect(crane.copy(named('app:v1'), place(target), { noClobber })).rejects.toThrow(TagExistsError);
    }
    await crane.copy(named('app:v1'), place(`oci:${temp.path('layout')}:v2`), { noClobber });
    await expect(
      crane.copy(place(`oci:${temp.path('layout')}:v1`), named('app:v1'), { noClobber }),
    ).rejects.toThrow(TagExistsError);
  });

  it('reads a reference even if a file has the same name', async () => {
    await expect(crane.copy(`oci:${temp.path()}`, named('app:v1'))).rejects.toThrow(BadNameError);
    await expect(crane.digest(`./app.tar`)).rejects.toThrow(BadNameError);
  });

  it('refuses locations and options that do not fit together', async () => {
    await crane.saveOci(amd, temp.path('layout'));
    const source = place(`oci:${temp.path('layout')}`);
    await expect(crane.copy(source, named('app:v1'), { referrers: true })).rejects.toThrow(UnsupportedError);
    await expect(crane.writeTo(amd, place(`oci:${temp.path('x')}@${await amd.digest()}`))).rejects.toThrow(
      BadNameError,
    );
    await expect(crane.writeTo(amd, place(`docker-archive:${temp.path('x')}:A B`))).rejects.toThrow(
      BadNameError,
    );
    await expect(stat(temp.path('x'))).rejects.toThrow(/ENOENT/);
  });
});

describe('verbs on locations', () => {
  it('read from the disk as they read from a registry', async () => {
    const source = place(`oci:${temp.path('layout')}:multi`);
    await crane.writeTo(multi, source);
    expect(await crane.manifest(source)).toEqual(await multi.rawManifest());
    expect(await crane.manifest(source, { platform: 'linux/arm64' })).toEqual(await arm.rawManifest());
    expect(await crane.digest(source, { platform: 'linux/arm64' })).toBe(await arm.digest());
    expect((await crane.manifestsOf(source)).map(({ platform }) => platform)).toEqual([amd64, arm64]);
    expect(await crane.manifestsOf(place(temp.path('layout')))).toHaveLength(1);
    await crane.validateRemote(source);
    await crane.validateArchive(temp.path('layout'));
    await expect(
      (await crane.find(place(`oci:${temp.path('layout')}@${await arm.digest()}`))).imageIndex(),
    ).rejects.toThrow(UnsupportedError);
  });

  it('change an image in a layout under the same tag, but refuse to change an archive in place', async () => {
    const source = place(`oci:${temp.path('layout')}:v1`);
    await crane.writeTo(amd, source);
    const flat = await crane.flatten(source);
    expect(await crane.digest(source)).toBe(flat.digest);
    await crane.writeTo(amd, place(`docker-archive:${temp.path('app.tar')}:app:v1`));
    const archive = place(`docker-archive:${temp.path('app.tar')}:app:v1`);
    await expect(crane.flatten(archive)).rejects.toThrow(UnsupportedError);
    await crane.flatten(archive, { tag: place(`oci-archive:${temp.path('flat.tar')}:app:flat`) });
    expect(await (await crane.load(temp.path('flat.tar'))).layers()).toHaveLength(1);
  });

  it('rebase an image in a layout', async () => {
    const at = (tag: string) => place(`oci:${temp.path('layout')}:${tag}`);
    const onto = imageFor('new base');
    const app = mutate.appendLayers(amd, [crane.layer({ app: Buffer.from('app') })]);
    for (const [tag, image] of [
      ['old', amd],
      ['new', onto],
      ['app', app],
    ] as const)
      await crane.writeTo(image, at(tag));
    const rebased = await crane.rebase(at('app'), { oldBase: at('old'), newBase: at('new') });
    expect(rebased.changed).toBe(true);
    const made = await crane.pull(at('app'));
    expect(await made.digest()).toBe(rebased.digest);
    expect((await made.manifest()).annotations).toEqual({
      'org.opencontainers.image.base.digest': await onto.digest(),
    });
  });
});

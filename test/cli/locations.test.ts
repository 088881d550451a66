import { readFile, readdir, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, empty, layout, mutate } from 'containerregistry';
import { gantry, type GantryOptions } from '../support/programs/gantry.js';
import { imageFor } from '../support/images/platform-images.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let app: string;
beforeEach(() => {
  app = `${registry.host}/team/app`;
});

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };
const imageOf = (text: string) => crane.image({ 'data.txt': Buffer.from(text) });
const multi = () =>
  mutate.appendManifests(empty.index, [
    { add: imageOf('amd'), descriptor: { platform: amd64 } },
    { add: imageOf('arm'), descriptor: { platform: arm64 } },
  ]);
const configOf = async (image: { rawConfigFile(): Promise<Uint8Array> }): Promise<string> =>
  Buffer.from(await image.rawConfigFile()).toString();

/** Runs a command that must succeed. */
async function stdoutOf(args: readonly string[], options: GantryOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await gantry([...args, '--quiet'], options);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}
const usageOf = async (...args: readonly string[]): Promise<string> => {
  const { code, stderr } = await gantry(args);
  expect(code).toBe(2);
  return stderr;
};

describe('push', () => {
  beforeEach(async () => {
    await crane.multiSave(
      { [`${app}:v1`]: imageOf('one'), [`${app}:v2`]: imageOf('two') },
      temp.path('app.tar'),
    );
  });

  it('pushes the image with --tag or --digest, and lists the images that exist', async () => {
    const file = temp.path('app.tar');
    await stdoutOf(['push', '--tag', `${app}:v2`, file, `${app}:two`]);
    expect(await configOf(await crane.pull(`${app}:two`))).toBe(await configOf(imageOf('two')));
    await crane.saveOci(imageOf('one'), temp.path('layout'));
    await crane.saveOci(imageOf('two'), temp.path('layout'));
    const digest = await imageOf('two').digest();
    expect(await stdoutOf(['push', '--digest', digest, temp.path('layout'), `${app}:two`])).toBe(
      `${app}@${digest}\n`,
    );
    expect(await stdoutOf(['push', `oci:${temp.path('layout')}@${digest}`, `${app}:two`])).toBe(
      `${app}@${digest}\n`,
    );
    const missing = await gantry(['push', '--tag', 'v3', file, `${app}:x`]);
    expect(missing.code).toBe(3);
    expect(missing.stderr).toMatch(/no image v3; it holds .*team\/app:v1, .*team\/app:v2/);
    expect(await usageOf('push', file, `${app}:x`)).toMatch(/choose one by --tag, --digest or --platform/);
    expect(await usageOf('push', '--tag', 'x', `docker-archive:${file}:y`, `${app}:x`)).toMatch(
      /leave out --tag/,
    );
  });

  it('pushes every image to its tags if no reference is given, also from stdin', async () => {
    const printed = await stdoutOf(['push', '--image-refs', temp.path('refs'), temp.path('app.tar')]);
    expect(printed.split('\n')).toHaveLength(3);
    expect(await readFile(temp.path('refs'), 'utf8')).toBe(printed.trim());
    expect(await crane.listTags(app)).toEqual(['v1', 'v2']);
    const stdin = await readFile(temp.path('app.tar'));
    await stdoutOf(['push', '-', `${app}:stdin`, '--tag', `${app}:v1`], { stdin });
    expect(await configOf(await crane.pull(`${app}:stdin`))).toBe(await configOf(imageOf('one')));
    expect(await usageOf('push', '--index', temp.path('app.tar'))).toMatch(/no image to push to/);
  });
});

describe('pull', () => {
  beforeEach(async () => {
    await crane.push(multi(), `${app}:multi`);
    await crane.push(imageOf('one'), `${app}:v1`);
  });

  it('writes several platforms, or all of them, into one archive or layout', async () => {
    const file = temp.path('both.tar');
    await stdoutOf(['pull', '--platform', 'linux/arm64,linux/amd64', `${app}:multi`, `${app}:v1`, file]);
    expect((await crane.open(file)).images).toHaveLength(3);
    await stdoutOf(['pull', '--platform', 'all', '--format', 'oci-archive', `${app}:multi`, file]);
    expect(await crane.digest(crane.parseLocation(`oci-archive:${file}`))).toBe(await multi().digest());
    const { code, stderr } = await gantry([
      'pull',
      '--platform',
      'linux/amd64',
      '--platform',
      'linux/s390x',
      `${app}:multi`,
      file,
    ]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/has no image for linux\/s390x; choose from linux\/amd64, linux\/arm64\n$/);
  });

  it('writes to any location on the disk', async () => {
    await stdoutOf(['pull', `${app}:multi`, `oci:${temp.path('layout')}:v1`]);
    expect(await stdoutOf(['digest', `oci:${temp.path('layout')}:v1`])).toBe(`${await multi().digest()}\n`);
    await stdoutOf(['pull', `${app}:v1`, `docker-archive:${temp.path('one.tar')}:app:v1`]);
    expect(await configOf(await crane.load(temp.path('one.tar'), { tag: 'app:v1' }))).toBe(
      await configOf(imageOf('one')),
    );
    expect(await usageOf('pull', `${app}:v1`, `${app}:multi`, `oci:${temp.path('layout')}`)).toMatch(
      /--format/,
    );
    expect(await usageOf('pull', '--format', 'oci', `${app}:v1`, `oci:${temp.path('layout')}`)).toMatch(
      /need a path as the target/,
    );
    expect(await usageOf('pull', `${app}:v1`, `docker://${app}:v2`)).toMatch(/gantry copy/);
    expect(await usageOf('pull', '--format', 'oci', `${app}:v1`, '-')).toMatch(/--format oci-archive/);
  });
});

async function layerFile(): Promise<string> {
  await writeFile(temp.path('layer.tar'), tarOf(['more', 'x']));
  return temp.path('layer.tar');
}

describe('locations outside of registries', () => {
  beforeEach(async () => {
    await crane.push(imageOf('one'), `${app}:v1`);
    await stdoutOf(['copy', `${app}:v1`, `oci:${temp.path('layout')}:v1`]);
  });
  const oci = (tag = 'v1'): string => `oci:${temp.path('layout')}:${tag}`;

  it('are read by the commands that print', async () => {
    const image = imageOf('one');
    expect(await stdoutOf(['manifest', oci()])).toBe(Buffer.from(await image.rawManifest()).toString());
    expect(await stdoutOf(['config', oci()])).toBe(await configOf(image));
    expect(await stdoutOf(['validate', '--remote', oci()])).toBe(`PASS: ${oci()}\n`);
    expect((await stdoutOf(['export', oci(), '-'])).slice(0, 8)).toBe('data.txt');
    expect(await usageOf('digest', '--full-ref', oci())).toMatch(/registries/);
    await stdoutOf(['tag', oci(), 'v2']);
    expect(await stdoutOf(['digest', oci('v2')])).toBe(await stdoutOf(['digest', oci()]));
    await crane.save(image, 'app:v1', temp.path('app.tar'));
    // A path that cannot be a reference needs no prefix.
    expect(await stdoutOf(['config', temp.path('app.tar')])).toBe(await configOf(image));
    const stdin = await readFile(temp.path('app.tar'));
    expect(await stdoutOf(['config', '-'], { stdin })).toBe(await configOf(image));
    expect(await stdoutOf(['config', 'docker-archive:-:app:v1'], { stdin })).toBe(await configOf(image));
  });

  it('can be the source and the target of changed images', async () => {
    const printed = await stdoutOf(['append', '-b', oci(), '-f', await layerFile(), '-t', oci('v2')]);
    expect(printed).toBe(
      `oci:${temp.path('layout')}@${await crane.digest(crane.parseLocation(oci('v2')))}\n`,
    );
    await stdoutOf([
      'mutate',
      oci('v2'),
      '--label',
      'a=b',
      '-t',
      `docker-archive:${temp.path('out.tar')}:app:v3`,
    ]);
    const made = await crane.load(temp.path('out.tar'), { tag: 'app:v3' });
    expect((await made.configFile()).config.Labels).toEqual({ a: 'b' });
    expect(await made.layers()).toHaveLength(2);
    await stdoutOf([
      'mutate',
      oci(),
      '--label',
      'c=d',
      '-t',
      `${app}:v4`,
      '-o',
      `oci-archive:${temp.path('o.tar')}`,
    ]);
    expect((await crane.open(temp.path('o.tar'))).images.map(({ tags }) => tags)).toEqual([[`${app}:v4`]]);
    await stdoutOf(['flatten', oci('v2')]);
    expect(await (await crane.pull(crane.parseLocation(oci('v2')))).layers()).toHaveLength(1);
    const { code, stderr } = await gantry(['mutate', temp.path('out.tar'), '--label', 'x=y']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/an archive cannot be changed in place; name a target with --tag\n$/);
  });

  it('write an archive to stdout', async () => {
    const chunks: Buffer[] = [];
    await stdoutOf(['copy', oci(), 'docker-archive:-:app:v1'], {
      onStdout: (text) => chunks.push(Buffer.from(text)),
    });
    expect(Buffer.concat(chunks).toString()).toContain('manifest.json');
    // Nothing is printed after the archive.
    for (const args of [
      ['append', '-b', oci(), '-f', await layerFile(), '-t'],
      ['flatten', oci(), '-t'],
      ['push', temp.path('layout')],
    ]) {
      const stdout = await stdoutOf([...args, 'oci-archive:-:app:v1']);
      expect(stdout.endsWith('\0'.repeat(1024))).toBe(true);
    }
  });

  it('can be appended to an index', async () => {
    await crane.save(imageFor('two', arm64), 'app:two', temp.path('two.tar'));
    await crane.writeTo(imageFor('one'), { kind: 'oci', path: temp.path('ones'), tag: 'v1' });
    const one = `oci:${temp.path('ones')}:v1`;
    await stdoutOf(['index', 'append', '-m', one, '-m', temp.path('two.tar'), '-t', oci('both')]);
    const table = await stdoutOf(['index', 'list', oci('both')]);
    expect(table).toContain(await imageFor('one').digest());
    expect(table.trim().split('\n')).toHaveLength(3);
    await crane.push(multi(), `${app}:multi`);
    await stdoutOf(['index', 'filter', '--platform', 'linux/arm64', `${app}:multi`, '-t', oci('arm')]);
    expect(await stdoutOf(['index', 'list', oci('arm')])).toContain(await imageOf('arm').digest());
    // The directory of a layout without a prefix, as crane accepts it.
    expect((await stdoutOf(['index', 'list', temp.path('layout')])).trim().split('\n')).toHaveLength(4);
  });

  it('cannot be appended to an index if the image has no platform', async () => {
    const { code, stderr } = await gantry(['index', 'append', '-m', oci(), '-t', oci('both')]);
    expect(code).toBe(1);
    expect(stderr).toContain('is an image without a platform');
  });

  it('give a clear error if they are invalid', async () => {
    expect(await usageOf('digest', 'oci:')).toBe('Error: cannot parse "oci:": the path is empty\n');
    expect(await usageOf('copy', '-a', oci(), app)).toMatch(
      /--all-tags can be used only for a copy between registries/,
    );
    const { code, stderr } = await gantry(['digest', oci('v9')]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/no image v9; it holds v1 sha256:/);
    expect((await gantry(['digest', `oci:${temp.path('nothing')}`])).code).toBe(3);
    await stdoutOf(['append', '-b', oci(), '-f', await layerFile(), '-t', oci('v2')]);
    expect(await usageOf('digest', `oci:${temp.path('layout')}`)).toMatch(
      /layout: it holds 2 images to choose from: v1 .*, v2 .*; select one, as in oci:PATH:TAG or oci:PATH@DIGEST, or choose a --platform\n$/,
    );
    const tagging = await gantry(['tag', `docker-archive:${temp.path('x.tar')}`, 'v2']);
    expect([tagging.code, tagging.stderr]).toEqual([1, expect.stringMatching(/cannot be changed in place/)]);
  });
});

describe('layout', () => {
  it('lists images, and collects garbage', async () => {
    const dir = temp.path('layout');
    const path = await layout.fromPath(dir, { create: true });
    await path.appendIndex(multi(), { annotations: { 'org.opencontainers.image.ref.name': 'v1' } });
    await path.writeImage(imageOf('unlisted'));
    const rows = (await stdoutOf(['layout', 'ls', dir])).trim().split('\n');
    expect(rows).toEqual([
      expect.stringMatching(/^DIGEST +PLATFORM +TAGS$/),
      `${await imageOf('amd').digest()}  linux/amd64  v1`,
      `${await imageOf('arm').digest()}  linux/arm64  v1`,
    ]);
    expect(JSON.parse((await stdoutOf(['layout', 'ls', '--json', dir])).split('\n')[0]!)).toEqual({
      tags: ['v1'],
      digest: await imageOf('amd').digest(),
      platform: amd64,
    });
    const before = await readdir(`${dir}/blobs/sha256`);
    const garbage = (await stdoutOf(['layout', 'gc', dir])).trim().split('\n');
    expect(garbage).toHaveLength(3);
    expect(garbage).toContain(await imageOf('unlisted').digest());
    expect(await readdir(`${dir}/blobs/sha256`)).toEqual(before);
    expect((await stdoutOf(['layout', 'gc', '--delete', '--json', dir])).trim().split('\n')).toEqual(
      garbage.map((digest) => JSON.stringify(digest)),
    );
    expect(await readdir(`${dir}/blobs/sha256`)).toHaveLength(before.length - 3);
    expect(await stdoutOf(['layout', 'gc', dir])).toBe('');
    expect((await gantry(['layout', 'gc', temp.path()])).code).toBe(3);
  });
});

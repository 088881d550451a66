import { readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, empty, mutate } from 'containerregistry';
import { gantry } from '../support/programs/gantry.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let app: string;
beforeEach(async () => {
  app = `${registry.host}/app`;
  await writeFile(temp.path('one.tar'), tarOf(['one', '1']));
  await writeFile(temp.path('two.tar'), tarOf(['two', '2']));
});

async function stdoutOf(args: readonly string[], stdin?: Buffer): Promise<string> {
  const { code, stdout, stderr } = await gantry([...args, '-q'], stdin === undefined ? {} : { stdin });
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout;
}

async function usageErrorOf(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gantry(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^Error: [^\n]+\n$/);
  return stderr.slice('Error: '.length).trim();
}

const configOf = async (tag: string) => (await crane.pull(`${app}:${tag}`)).configFile();

describe('append', () => {
  it('prints the repository with the digest, and more with --json', async () => {
    const printed = await stdoutOf(['append', '-f', temp.path('one.tar'), '-t', `${app}:v1`]);
    expect(printed).toBe(`${app}@${await crane.digest(`${app}:v1`)}\n`);
    const json = await stdoutOf(['append', '--json', '-f', temp.path('one.tar'), '-t', `${app}:v1`]);
    expect(JSON.parse(json)).toMatchObject({
      reference: printed.trim(),
      digest: printed.trim().split('@')[1],
    });
  });

  it('reads a layer from stdin', async () => {
    const tar = await readFile(temp.path('one.tar'));
    await stdoutOf(['append', '-f', temp.path('one.tar'), '-t', `${app}:file`]);
    expect(await stdoutOf(['append', '-f', '-', '-t', `${app}:stdin`], tar)).toContain('@sha256:');
    expect((await configOf('stdin')).rootfs).toEqual((await configOf('file')).rootfs);
  });

  it('saves the image instead of pushing it with --output', async () => {
    const out = temp.path('out.tar');
    expect(await stdoutOf(['append', '-f', temp.path('one.tar'), '-t', 'app:v1', '-o', out])).toBe('');
    expect((await (await crane.loadTag(out, 'app:v1')).layers()).length).toBe(1);
    expect(registry.requests).toEqual([]);
  });

  it('refuses flags that do not fit together', async () => {
    const rest = ['-f', temp.path('one.tar'), '-t', `${app}:v1`];
    expect(await usageErrorOf('append', '-b', app, '--oci-empty-base', ...rest)).toContain(
      'cannot be used together',
    );
    expect(await usageErrorOf('append', '--set-base-image-annotations', ...rest)).toContain('needs --base');
    expect(await usageErrorOf('append', '-t', app)).toBe('nothing to append; give --new_layer or --dir');
  });

  it('names a file that does not exist, and pushes nothing', async () => {
    const { code, stderr } = await gantry(['append', '-f', temp.path('none.tar'), '-t', `${app}:v1`]);
    expect(code).toBe(3);
    expect(stderr).toBe(`Error: open ${temp.path('none.tar')}: no such file or directory\n`);
    expect(registry.requests).toEqual([]);
  });
});

describe('mutate', () => {
  beforeEach(async () => {
    await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v1`);
  });

  it('applies all changes to the image at once, under the same tag', async () => {
    const flags = [
      '-l',
      'team=red',
      '-e',
      'A=b',
      '--entrypoint',
      '/app',
      '--cmd',
      'x,y',
      '-u',
      'me',
      '-w',
      '/work',
    ];
    const more = [
      '-a',
      'note=new',
      '--exposed-ports',
      '80',
      '--append',
      temp.path('one.tar'),
      '--set-platform',
      'linux/arm64',
    ];
    await stdoutOf(['mutate', `${app}:v1`, ...flags, ...more]);
    const image = await crane.pull(`${app}:v1`);
    expect(await image.configFile()).toMatchObject({
      os: 'linux',
      architecture: 'arm64',
      config: {
        Labels: { team: 'red' },
        Env: ['A=b'],
        Entrypoint: ['/app'],
        Cmd: ['x', 'y'],
        User: 'me',
        WorkingDir: '/work',
        ExposedPorts: { '80': {} },
      },
    });
    expect((await image.manifest()).annotations).toEqual({ note: 'new' });
    expect((await image.layers()).length).toBe(2);
  });

  it('clears the command with a new entrypoint, as crane does', async () => {
    await stdoutOf(['mutate', `${app}:v1`, '--cmd', 'old']);
    await stdoutOf(['mutate', `${app}:v1`, '--entrypoint', '/app']);
    const { config } = await configOf('v1');
    expect(config.Entrypoint).toEqual(['/app']);
    expect(config.Cmd).toBeUndefined();
  });

  it('pushes by the new digest if the image has a digest, and elsewhere with --repo or --tag', async () => {
    const digest = await crane.digest(`${app}:v1`);
    const byDigest = (await stdoutOf(['mutate', `${app}@${digest}`, '-l', 'a=b'])).trim();
    expect(byDigest).toMatch(new RegExp(`^${app}@sha256:`));
    expect(byDigest).not.toContain(digest);
    expect(await crane.digest(byDigest)).toBe(byDigest.split('@')[1]);
    const elsewhere = await stdoutOf([
      'mutate',
      `${app}:v1`,
      '-l',
      'a=b',
      '--repo',
      `${registry.host}/other`,
    ]);
    expect(elsewhere).toBe(`${registry.host}/other@${byDigest.split('@')[1]!}\n`);
    expect(await crane.digest(`${app}:v1`)).toBe(digest);
  });

  it('refuses values and flags that are invalid', async () => {
    expect(await usageErrorOf('mutate', app, '-l', 'nothing')).toBe('--label "nothing" is not name=value');
    expect(await usageErrorOf('mutate', app, '-e', '=x')).toBe('--env "=x" is not name=value');
    expect(await usageErrorOf('mutate', app, '--repo', app, '-t', app)).toBe(
      '--repo and --tag cannot be used together',
    );
    expect(await usageErrorOf('mutate', app, '--set-platform', 'a/b/c/d')).toMatch(/^cannot parse platform/);
    await crane.push(mutate.appendManifests(empty.index, []), `${app}:index`);
    expect(await usageErrorOf('mutate', `${app}:index`, '-a', 'a=b', '-u', 'me')).toContain('is an index');
  });
});

describe('flatten and rebase', () => {
  it('print the reference that they pushed', async () => {
    await stdoutOf(['append', '-f', temp.path('one.tar'), '-t', `${app}:base`]);
    await stdoutOf(['append', '-b', `${app}:base`, '-f', temp.path('two.tar'), '-t', `${app}:v1`]);
    await stdoutOf(['append', '-f', temp.path('two.tar'), '-t', `${app}:new`]);
    const flat = await stdoutOf(['flatten', `${app}:v1`, '-t', `${app}:flat`]);
    expect(flat).toBe(`${app}@${await crane.digest(`${app}:flat`)}\n`);
    expect((await (await crane.pull(`${app}:flat`)).layers()).length).toBe(1);
    const bases = ['--old_base', `${app}:base`, '--new_base', `${app}:new`];
    const rebased = await stdoutOf(['rebase', `${app}:v1`, ...bases, '-t', `${app}:rebased`]);
    expect(rebased).toBe(`${app}@${await crane.digest(`${app}:rebased`)}\n`);
    expect((await configOf('rebased')).rootfs.diff_ids[0]).toBe((await configOf('new')).rootfs.diff_ids[0]);
    const again = await gantry(['rebase', `${app}:rebased`]);
    expect(again).toMatchObject({ code: 0, stdout: rebased });
    expect(again.stderr).toContain('rebasing was no-op\n');
  });
});

describe('export', () => {
  it('writes the files to stdout or to a file, from a registry or from an archive on stdin', async () => {
    await stdoutOf(['append', '-f', temp.path('one.tar'), '-f', temp.path('two.tar'), '-t', `${app}:v1`]);
    await stdoutOf(['pull', `${app}:v1`, temp.path('image.tar')]);
    const printed = await stdoutOf(['export', `${app}:v1`]);
    expect(printed).toContain('one');
    expect(await stdoutOf(['export', `${app}:v1`, '-'])).toBe(printed);
    await stdoutOf(['export', `${app}:v1`, temp.path('files.tar')]);
    expect(await readFile(temp.path('files.tar'), 'utf8')).toBe(printed);
    expect(await stdoutOf(['export', '-'], await readFile(temp.path('image.tar')))).toBe(printed);
  });
});

describe('index', () => {
  it('append and filter make new indexes', async () => {
    await stdoutOf(['append', '-f', temp.path('one.tar'), '-t', `${app}:one`]);
    for (const arch of ['amd64', 'arm64']) {
      await stdoutOf(['mutate', `${app}:one`, '--set-platform', `linux/${arch}`, '-t', `${app}:${arch}`]);
    }
    await stdoutOf(['index', 'append', '-m', `${app}:amd64,${app}:arm64`, '-t', `${app}:multi`]);
    expect(await crane.digest(`${app}:multi`, { platform: 'linux/arm64' })).toBe(
      await crane.digest(`${app}:arm64`),
    );
    await stdoutOf(['index', 'filter', `${app}:multi`, '--platform', 'linux/arm64', '-t', `${app}:few`]);
    expect(await stdoutOf(['index', 'list', `${app}:few`])).not.toContain('amd64');
    const both = ['--platform', 'linux/arm64', '--platform', 'linux/amd64'];
    const all = await stdoutOf(['index', 'filter', `${app}:multi`, ...both, '-t', `${app}:all`]);
    expect(all).toBe(`${app}@${await crane.digest(`${app}:multi`)}\n`);
  });

  it('append and filter require their arguments', async () => {
    expect(await usageErrorOf('index', 'append', '-m', app)).toBe(
      'nothing to push to; give --tag, or a base',
    );
    expect(await usageErrorOf('index', 'filter', app)).toBe('nothing to keep; give --platform once or more');
  });
});

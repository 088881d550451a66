import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, empty, mutate } from 'containerregistry';
import { gantry } from '../../support/programs/gantry.js';
import { headersOf, makeFiles } from '../../support/archives/make-files.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let app: string;
beforeEach(() => {
  app = `${registry.host}/app`;
});

const ENV = { HOME: '/nonexistent', DOCKER_CONFIG: '/nonexistent', CONTAINERS_REGISTRIES_CONF: '/dev/null' };

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stdout, stderr } = await gantry([...args, '-q'], { env: { ...ENV, ...env } });
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout;
}

async function usageErrorOf(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gantry(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr.slice('Error: '.length).trim();
}

const imageOf = async (tag: string) => crane.pull(`${app}:${tag}`);
const topOf = async (tag: string) => headersOf((await (await imageOf(tag)).layers()).at(-1)!);

describe('gantry append --dir', () => {
  it('adds a directory at a target, without the files that its .dockerignore names', async () => {
    const dir = await makeFiles(temp.path('a:b'), { x: '1', 'tmp/y': '', '.dockerignore': 'tmp\n' });
    await run(['append', '--dir', `${dir}:/srv`, '-t', `${app}:v1`]);
    expect((await topOf('v1')).map(({ name, uid, mtime }) => [name, uid, mtime])).toEqual([
      ['srv/.dockerignore', 0, 0],
      ['srv/x', 0, 0],
    ]);
    await run(['append', '--dir', dir, '--ignore', 'x', '--no-ignore-file', '-t', `${app}:v2`]);
    expect((await topOf('v2')).map(({ name }) => name)).toEqual(['.dockerignore', 'tmp/', 'tmp/y']);
    await writeFile(temp.path('rules'), '*\n!x\n');
    await run(['append', '--dir', dir, '--ignore-file', temp.path('rules'), '-t', `${app}:v3`]);
    expect((await topOf('v3')).map(({ name }) => name)).toEqual(['x']);
  });

  it('sets owner, modes and times', async () => {
    const dir = await makeFiles(temp.path('dir'), { run: '' });
    await chmod(temp.path('dir/run'), 0o700);
    const more = ['--chown', '10:20', '--portable-modes', '--source-date-epoch', '77'];
    await run(['append', '--dir', `${dir}:/app`, ...more, '-t', `${app}:v1`]);
    expect(
      (await topOf('v1')).map(({ name, uid, gid, mode, mtime }) => [name, uid, gid, mode, mtime]),
    ).toEqual([
      ['app/', 10, 20, 0o755, 77],
      ['app/run', 10, 20, 0o755, 77],
    ]);
    await run(['append', '--dir', dir, '-t', `${app}:v2`], { SOURCE_DATE_EPOCH: '88' });
    expect((await topOf('v2')).map(({ mtime }) => mtime)).toEqual([88]);
  });

  it('adds tars first, and compresses all layers as the flags say', async () => {
    await writeFile(temp.path('one.tar'), tarOf(['one', '1']));
    const dir = await makeFiles(temp.path('dir'), { x: '1' });
    const args = ['append', '-f', temp.path('one.tar'), '--dir', dir, '-t', `${app}:v1`];
    await run([...args, '--compression', 'none', '--oci-empty-base']);
    const { layers } = await (await imageOf('v1')).manifest();
    const plain = 'application/vnd.oci.image.layer.v1.tar';
    expect(layers.map(({ mediaType }) => mediaType)).toEqual([plain, plain]);
    expect((await topOf('v1')).map(({ name }) => name)).toEqual(['x']);
  });

  it('refuses values and flags that are invalid', async () => {
    const to = ['-t', `${app}:v1`];
    expect(await usageErrorOf('append', ...to)).toContain('nothing to append');
    expect(await usageErrorOf('append', '--dir', '.', '--chown', 'me', ...to)).toContain('uid[:gid]');
    expect(await usageErrorOf('append', '--dir', '.', '--source-date-epoch', 'x', ...to)).toContain(
      'not a time',
    );
    expect(await usageErrorOf('append', '--dir', '.', '--compression-level', '10', ...to)).toContain(
      'too high',
    );
    await mkdir(temp.path('empty'));
    expect(await usageErrorOf('append', '--dir', temp.path('empty'), '--ignore', '[', ...to)).toContain(
      'pattern',
    );
    const missing = await gantry(['append', '--dir', temp.path('none'), ...to]);
    expect(missing.code).toBe(3);
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  });
});

describe('gantry mutate', () => {
  beforeEach(async () => {
    const base = mutate.annotations(crane.image({ a: Buffer.from('a') }), { keep: '1', drop: '2' });
    const { config, ...file } = await base.configFile();
    const Labels = { keep: '1', drop: '2' };
    const full = { ...config, Labels, Env: ['A=1', 'B=2'], Entrypoint: ['/e'], Cmd: ['c'] };
    await crane.push(mutate.configFile(base, { ...file, config: full }), `${app}:v1`);
  });

  it('removes annotations, labels and variables', async () => {
    const flags = ['--remove-annotation', 'drop,none', '--remove-label', 'drop', '--remove-env', 'A'];
    await run(['mutate', `${app}:v1`, ...flags, '-a', 'new=3', '-l', 'new=3', '-e', 'C=3']);
    const image = await imageOf('v1');
    expect((await image.manifest()).annotations).toEqual({ keep: '1', new: '3' });
    const { config } = await image.configFile();
    expect(config).toMatchObject({ Labels: { keep: '1', new: '3' }, Env: ['B=2', 'C=3'] });
    await run(['mutate', `${app}:v1`, '--remove-label', 'keep,new', '--remove-env', 'B,C']);
    expect(Object.keys((await (await imageOf('v1')).configFile()).config).sort()).toEqual([
      'Cmd',
      'Entrypoint',
    ]);
  });

  it('empties entrypoint and command', async () => {
    await run(['mutate', `${app}:v1`, '--cmd', '', '-t', `${app}:v2`]);
    const { config } = await (await imageOf('v2')).configFile();
    expect([config.Entrypoint, config.Cmd]).toEqual([['/e'], undefined]);
    await run(['mutate', `${app}:v1`, '--entrypoint', '', '-t', `${app}:v3`]);
    const { config: bare } = await (await imageOf('v3')).configFile();
    expect([bare.Entrypoint, bare.Cmd]).toEqual([undefined, undefined]);
  });

  it('sets times', async () => {
    await run(['mutate', `${app}:v1`, '--created', '2026-01-02T03:04:05+01:00']);
    const created = await imageOf('v1');
    expect((await created.configFile()).created).toBe('2026-01-02T02:04:05Z');
    await run(['mutate', `${app}:v1`, '--time', '1000', '-t', `${app}:set`]);
    expect(await (await imageOf('set')).digest()).toBe(await mutate.time(created, new Date(1e6)).digest());
    await run(['mutate', `${app}:v1`, '--canonical', '-t', `${app}:plain`]);
    expect(await (await imageOf('plain')).digest()).toBe(await mutate.canonical(created).digest());
    const clamp = ['mutate', `${app}:v1`, '--rewrite-timestamps', '-t', `${app}:low`];
    await run(clamp, { SOURCE_DATE_EPOCH: '1000' });
    expect((await (await imageOf('low')).configFile()).created).toBe('1970-01-01T00:16:40Z');
    expect(await usageErrorOf(...clamp)).toContain('needs a time');
    expect(await usageErrorOf(...clamp, '--canonical')).toContain('cannot be used together');
    expect(await usageErrorOf('mutate', app, '--source-date-epoch', '1')).toContain('is for --canonical');
    expect(await usageErrorOf('mutate', app, '--created', '2026-13-02T03:04:05Z')).toContain('not a time');
  });

  it('converts media types and compresses layers again', async () => {
    await run(['mutate', `${app}:v1`, '--media-types', 'oci', '--compression', 'none']);
    const { mediaType, config, layers } = await (await imageOf('v1')).manifest();
    expect([mediaType, config.mediaType, ...layers.map((layer) => layer.mediaType)]).toEqual([
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.oci.image.config.v1+json',
      'application/vnd.oci.image.layer.v1.tar',
    ]);
  });

  it('annotates an index without changing its children', async () => {
    const child = await imageOf('v1');
    const index = mutate.annotations(mutate.appendManifests(empty.index, [{ add: child }]), { old: '1' });
    await crane.push(index, `${app}:multi`);
    await run(['mutate', `${app}:multi`, '-a', 'new=2', '--remove-annotation', 'old']);
    const { annotations, manifests } = JSON.parse(
      Buffer.from(await crane.manifest(`${app}:multi`)).toString(),
    ) as { annotations: object; manifests: readonly { digest: string }[] };
    expect(annotations).toEqual({ new: '2' });
    expect(manifests.map(({ digest }) => digest)).toEqual([await child.digest()]);
    expect(await usageErrorOf('mutate', `${app}:multi`, '-a', 'x=1', '-u', 'me')).toContain('is an index');
  });
});

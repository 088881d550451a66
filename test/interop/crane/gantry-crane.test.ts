import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, it } from '@jest/globals';
import { gantry } from '../../support/programs/gantry.js';
import { describeWithPeers, type Peer } from '../../support/programs/peers.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let host: string;
beforeEach(() => {
  host = registry.host;
});

describeWithPeers('gantry, compared with crane,', ['crane'], ({ crane }) => {
  /** The output of both tools for the same arguments; `NAME` stands for a separate repository of each. */
  async function both(...args: readonly string[]): Promise<readonly [ours: string, theirs: string]> {
    const as = (name: string): string[] => args.map((arg) => arg.replaceAll('NAME', `${host}/${name}`));
    const ours = await gantry([...as('same'), '-q'], {
      env: { HOME: temp.path(), DOCKER_CONFIG: temp.path('docker') },
    });
    expect({ args, stderr: ours.stderr, code: ours.code }).toEqual({ args, stderr: '', code: 0 });
    const theirs = await runCrane(crane, as('same'));
    return [ours.stdout, theirs];
  }

  async function same(...args: readonly string[]): Promise<string> {
    const [ours, theirs] = await both(...args);
    expect(ours).toBe(theirs);
    return ours;
  }

  beforeEach(async () => {
    await writeFile(temp.path('one.tar'), tarOf(['one', randomBytes(50_000).toString('base64')]));
    await writeFile(temp.path('two.tar'), tarOf(['two', randomBytes(100).toString('hex')]));
    const files = ['-f', temp.path('one.tar'), '-f', temp.path('two.tar')];
    await runCrane(crane, ['append', ...files, '-t', `${host}/same:v1`]);
    const arm = ['--set-platform', 'linux/arm64', '--label', 'a=b', '-t', `${host}/same:arm`];
    await runCrane(crane, ['mutate', `${host}/same:v1`, ...arm]);
    const manifests = ['-m', `${host}/same:v1`, '-m', `${host}/same:arm`];
    await runCrane(crane, ['index', 'append', ...manifests, '-t', `${host}/same:multi`]);
  });

  it('prints the same data of images', async () => {
    for (const tag of ['v1', 'arm', 'multi']) {
      expect(await same('digest', `NAME:${tag}`)).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      await same('digest', '--full-ref', `NAME:${tag}`);
      await same('manifest', `NAME:${tag}`);
      await same('validate', '--remote', `NAME:${tag}`);
      await same('validate', '--fast', '--remote', `NAME:${tag}`);
    }
    await same('config', 'NAME:v1');
    for (const verb of ['digest', 'manifest', 'config']) {
      await same(verb, '--platform', 'linux/arm64', 'NAME:multi');
    }
    const { layers } = JSON.parse(await same('manifest', 'NAME:v1')) as { layers: { digest: string }[] };
    for (const { digest } of layers) await same('blob', `NAME@${digest}`);
  });

  it('lists the same tags and repositories', async () => {
    await same('tag', 'NAME:v1', `sha256-${'0'.repeat(64)}.sig`);
    expect(await same('ls', 'NAME')).toBe(`arm\nmulti\nsha256-${'0'.repeat(64)}.sig\nv1\n`);
    expect(await same('ls', '-O', 'NAME')).toBe('arm\nmulti\nv1\n');
    await same('ls', '--full-ref', '--omit-digest-tags', 'NAME');
    await same('catalog', host);
    await same('catalog', '--full-ref', host);
  });

  it('copies, tags and deletes with the same result', async () => {
    await same('copy', 'NAME:multi', `${host}/copied:multi`);
    await same('cp', '--platform', 'linux/arm64', 'NAME:multi', `${host}/copied:arm`);
    await same('copy', '-a', 'NAME', `${host}/all`);
    await same('copy', '-a', '-n', 'NAME', `${host}/all`);
    await same('tag', 'NAME:v1', 'latest');
    await same('digest', `${host}/copied:multi`);
    await same('ls', `${host}/copied`);
    await same('ls', `${host}/all`);
    expect((await gantry(['delete', `${host}/all:v1`, '-q'])).stdout).toBe('');
    expect(await runCrane(crane, ['delete', `${host}/all:arm`])).toBe('');
    expect(await same('ls', `${host}/all`)).toBe('multi\n');
  });

  it('pulls images that crane pushed, and pushes images that crane pulled, and the reverse', async () => {
    const pull = ['pull', '--annotate-ref', '--format', 'oci', `${host}/same:multi`];
    expect((await gantry([...pull, temp.path('gantry')])).code).toBe(0);
    await runCrane(crane, [...pull, temp.path('crane')]);
    for (const dir of [temp.path('gantry'), temp.path('crane')]) {
      await same('push', dir, `${host}/pushed:layout`);
      await same('push', '--index', dir, `${host}/pushed:index`);
    }
    expect(JSON.parse(await readFile(temp.path('gantry/index.json'), 'utf8'))).toEqual(
      JSON.parse(await readFile(temp.path('crane/index.json'), 'utf8')),
    );
    for (const format of ['tarball', 'oci']) {
      const [ours, theirs] = [temp.path(`gantry-${format}`), temp.path(`crane-${format}`)];
      expect((await gantry(['pull', '--format', format, `${host}/same:v1`, ours])).code).toBe(0);
      await runCrane(crane, ['pull', '--format', format, `${host}/same:v1`, theirs]);
      const printed = [
        await same('push', ours, `${host}/pushed:a`),
        await same('push', theirs, `${host}/pushed:b`),
      ];
      expect(printed[0]).toBe(printed[1]);
      if (format === 'tarball') {
        expect(await same('digest', '--tarball', ours)).toBe(await same('digest', '--tarball', theirs));
        expect(await same('validate', '--tarball', ours)).toMatch(/^PASS: /);
      }
    }
    await same('push', '--image-refs', temp.path('refs'), temp.path('crane-oci'), `${host}/pushed:c`);
    const theirs = await readFile(temp.path('refs'), 'utf8');
    await gantry([
      'push',
      '-q',
      '--image-refs',
      temp.path('refs'),
      temp.path('crane-oci'),
      `${host}/pushed:c`,
    ]);
    expect(await readFile(temp.path('refs'), 'utf8')).toBe(theirs);
  });

  it('stores credentials where crane finds them, and the reverse', async () => {
    const env = { ...process.env, HOME: temp.path(), DOCKER_CONFIG: temp.path('docker') };
    await gantry(['auth', 'login', '--no-check', 'r.example', '-u', 'me', '--password-stdin'], {
      env,
      stdin: 'secret\n',
    });
    const theirs = await promisify(execFile)(crane.path, ['auth', 'get', 'r.example'], { env });
    const ours = await gantry(['auth', 'get', 'r.example'], { env });
    expect(ours.stdout).toBe(theirs.stdout);
  });

  it('appends layers with the same result', async () => {
    const layers = ['-f', temp.path('one.tgz'), '-f', temp.path('two.tgz')];
    for (const name of ['one', 'two']) {
      await writeFile(temp.path(`${name}.tgz`), gzipSync(await readFile(temp.path(`${name}.tar`))));
    }
    await same('append', ...layers, '-t', 'NAME:new');
    await same('append', '-f', `${temp.path('one.tgz')},${temp.path('two.tgz')}`, '-t', 'NAME:new');
    await same('append', '--oci-empty-base', ...layers, '-t', 'NAME:oci');
    await same('append', '-b', 'NAME:v1', ...layers, '--new_tag', 'NAME:more');
    await same('append', '-b', 'NAME:v1', '--set-base-image-annotations', ...layers, '-t', 'NAME:based');
    await same('append', '-b', 'NAME:v1', ...layers, '-t', 'NAME:more', '-o', temp.path('out.tar'));
    await same(
      'rebase',
      'NAME:more',
      '--old_base',
      'NAME:v1',
      '--new_base',
      'NAME:arm',
      '-t',
      'NAME:rebased',
    );
    await same('rebase', 'NAME:based', '-t', 'NAME:rebased');
  });

  it('mutates images with the same result', async () => {
    const mutate = async (...flags: readonly string[]) =>
      same('mutate', 'NAME:v1', '-t', 'NAME:changed', ...flags);
    await mutate('-a', 'one=1,two=2', '-a', 'a<b=>&');
    await mutate('-l', 'team=red', '-l', 'z=1,y=2');
    await mutate('-e', 'PATH=/bin', '-e', 'A=b,c=d', '-e', 'EMPTY=');
    await mutate('--entrypoint', '/bin/sh,-c', '--cmd', 'echo,"a,b"', '-u', '1000:1000', '-w', '/work');
    await mutate('--exposed-ports', '80,443/tcp');
    await mutate('--set-platform', 'windows/amd64:10.0.1');
    await same('mutate', 'NAME:changed', '--entrypoint', '/app', '-t', 'NAME:again', '-e', 'PATH=/usr/bin');
    await same('mutate', 'NAME:v1', '--user', 'me', '--repo', `${host}/elsewhere`);
    await same('mutate', '--platform', 'linux/arm64', 'NAME:multi', '-w', '/', '-t', 'NAME:one');
  });

  it('changes indexes with the same result', async () => {
    const amd = ['--set-platform', 'linux/amd64', '-t', `${host}/same:amd`];
    await runCrane(crane, ['mutate', `${host}/same:v1`, ...amd]);
    await same('index', 'append', '-m', 'NAME:amd', '-m', 'NAME:arm', '-t', 'NAME:new');
    await same('index', 'append', '--docker-empty-base', '-m', 'NAME:multi,NAME:arm', '-t', 'NAME:new');
    // crane appends an image that no runtime can choose.
    const refused = await gantry(['index', 'append', '-m', `${host}/same:v1`, '-t', `${host}/same:new`]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('without a platform') });
    await same('index', 'append', 'NAME:multi', '-m', 'NAME:multi', '-t', 'NAME:new');
    await same('index', 'append', 'NAME:multi', '--flatten=false', '-m', 'NAME:multi', '-t', 'NAME:new');
    await same('index', 'filter', 'NAME:multi', '--platform', 'linux/arm64', '-t', 'NAME:filtered');
    await same(
      'index',
      'filter',
      'NAME:multi',
      '--platform',
      'linux',
      '--platform',
      'windows',
      '-t',
      'NAME:filtered',
    );
  });

  it('exports the same files', async () => {
    await same('export', 'NAME:v1', temp.path('files.tar'));
    const [ours, theirs] = [temp.path('ours.tar'), temp.path('theirs.tar')];
    await gantry(['export', `${host}/same:v1`, ours]);
    await runCrane(crane, ['export', `${host}/same:v1`, theirs]);
    const names = async (file: string) =>
      (await promisify(execFile)('tar', ['-tf', file])).stdout.trim().split('\n').sort();
    expect(await names(ours)).toEqual(['one', 'two']);
    expect(await names(ours)).toEqual(await names(theirs));
  });
});

async function runCrane(crane: Peer, args: readonly string[]): Promise<string> {
  return crane.run(args, { env: { ...process.env, DOCKER_CONFIG: '/nonexistent' } });
}

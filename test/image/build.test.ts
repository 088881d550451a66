import { chmod, symlink, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { crane, empty, errors, image, mutate, v1, validate } from '../../src/index.js';
import { headersOf, makeFiles } from '../support/archives/make-files.js';
import { imageFor } from '../support/images/platform-images.js';
import { readAll } from '../support/tools/read-all.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { entriesOf } from './entries-of.js';

const temp = useTempDir();

describe('image.build', () => {
  it('makes an image of nothing, for linux/amd64 and from no time', async () => {
    const made = await image.build();
    await validate.image(made);
    const { os, architecture, created, rootfs, config } = await made.configFile();
    expect({ os, architecture, created, rootfs, config }).toEqual({
      ...{ os: 'linux', architecture: 'amd64', created: '1970-01-01T00:00:00Z' },
      ...{ rootfs: { type: 'layers', diff_ids: [] }, config: {} },
    });
    expect(await made.mediaType()).toBe(v1.types.ociManifestSchema1);
  });

  it('sets all settings of the config', async () => {
    const made = await image.build({
      ...{
        env: { A: '1', B: 'x=y $A' },
        entrypoint: ['node'],
        cmd: ['index.js'],
        user: 1000,
        workdir: '/app',
      },
      ...{ labels: { team: 'red' }, annotations: { note: 'n' }, ports: [80, '53/udp', '8000-8001'] },
      ...{ volumes: ['/data'], stopSignal: 'SIGINT', shell: ['/bin/sh', '-ec'], author: 'me' },
      healthcheck: { cmd: ['check'], intervalMs: 1500, retries: 2 },
      created: new Date('2026-01-02T03:04:05Z'),
    });
    const { config, created, author } = await made.configFile();
    expect(config).toEqual({
      ...{
        Env: ['A=1', 'B=x=y $A'],
        Entrypoint: ['node'],
        Cmd: ['index.js'],
        User: '1000',
        WorkingDir: '/app',
      },
      ...{
        Labels: { team: 'red' },
        Volumes: { '/data': {} },
        StopSignal: 'SIGINT',
        Shell: ['/bin/sh', '-ec'],
      },
      ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8000/tcp': {}, '8001/tcp': {} },
      Healthcheck: { Test: ['CMD', 'check'], Interval: 1_500_000_000, Retries: 2 },
    });
    expect({ created, author }).toEqual({ created: '2026-01-02T03:04:05Z', author: 'me' });
    expect((await made.manifest()).annotations).toEqual({ note: 'n' });
  });

  it('adds to the settings of the base, whose command goes when an entrypoint comes', async () => {
    const base = await image.build({
      ...{
        env: ['PATH=/bin', 'A=1'],
        entrypoint: ['old'],
        cmd: ['old'],
        workdir: '/app',
        labels: { a: '1' },
      },
      ...{ ports: [80], volumes: ['/a'], healthcheck: { cmd: ['x'] } },
    });
    const made = await image.build({
      ...{ from: base, env: { A: '2', B: '3' }, entrypoint: ['new'], workdir: 'bin', labels: { b: '2' } },
      ...{ ports: [81], volumes: ['/b'], healthcheck: false },
    });
    expect((await made.configFile()).config).toEqual({
      ...{ Env: ['PATH=/bin', 'A=2', 'B=3'], Entrypoint: ['new'], WorkingDir: '/app/bin' },
      ...{ Labels: { a: '1', b: '2' }, ExposedPorts: { '80/tcp': {}, '81/tcp': {} } },
      ...{ Volumes: { '/a': {}, '/b': {} }, Healthcheck: { Test: ['NONE'] } },
    });
    const kept = await image.build({ from: base, cmd: ['other'] });
    expect((await kept.configFile()).config).toMatchObject({ Entrypoint: ['old'], Cmd: ['other'] });
    const cleared = await image.build({ from: base, entrypoint: [], cmd: [] });
    expect((await cleared.configFile()).config).not.toHaveProperty('Entrypoint');
    expect((await cleared.configFile()).config).not.toHaveProperty('Cmd');
  });

  it('copies directories, files and contents, each entry as one layer with a step in the history', async () => {
    const root = await makeFiles(temp.path('src'), {
      'dist/a.js': 'a',
      'dist/sub/b.js': 'b',
      'run.sh': 'run',
    });
    await chmod(`${root}/run.sh`, 0o750);
    const made = await image.build({
      workdir: '/app',
      copy: [
        { from: `${root}/dist`, to: '.', owner: '1000:1001' },
        { from: `${root}/run.sh`, to: 'bin/' },
        { from: `${root}/run.sh`, to: '/start', mode: 0o700 },
        { 'etc/b': 'text', '/etc/a': Buffer.from('bytes'), 'etc/c': Readable.from([Buffer.from('stream')]) },
        { from: { 'x.js': 'x' }, to: 'lib', owner: { uid: 5, gid: 6 }, mode: 0o600 },
      ],
    });
    await validate.image(made);
    expect(await entriesOf(made, 0)).toEqual([
      '755 1000:1001 app/ ',
      '644 1000:1001 app/a.js a',
      '755 1000:1001 app/sub/ ',
      '644 1000:1001 app/sub/b.js b',
    ]);
    expect(await entriesOf(made, 1)).toEqual(['755 0:0 app/bin/run.sh run']);
    expect(await entriesOf(made, 2)).toEqual(['700 0:0 start run']);
    expect(await entriesOf(made, 3)).toEqual([
      '755 0:0 etc/ ',
      '644 0:0 etc/a bytes',
      '644 0:0 etc/b text',
      '644 0:0 etc/c stream',
    ]);
    expect(await entriesOf(made, 4)).toEqual(['600 5:6 app/lib/x.js x']);
    const { history } = await made.configFile();
    expect(history?.map(({ created_by: by }) => by)).toEqual([
      'copy files to .',
      'copy files to bin/',
      'copy files to /start',
      'copy files to /',
      'copy files to lib',
    ]);
  });

  it('copies a path of the current directory to the same path in the working directory', async () => {
    const made = await image.build({ workdir: '/app', copy: ['LICENSE', 'src/empty'] });
    expect((await headersOf((await made.layers())[0]!)).map(({ name }) => name)).toEqual([
      ...['app/', 'app/LICENSE'],
    ]);
    expect((await headersOf((await made.layers())[1]!)).map(({ name }) => name)).toContain(
      'app/src/empty/index.ts',
    );
  });

  it('includes and excludes files, and follows links if it shall', async () => {
    const root = await makeFiles(temp.path('src'), {
      ...{ 'a.js': 'a', 'a.map': 'm', 'lib/b.js': 'b', 'lib/b.test.js': 't', '.dockerignore': 'secret' },
      secret: 's',
    });
    await makeFiles(temp.path('other'), { 'c.js': 'c' });
    await symlink('../other', `${root}/linked`);
    const copied = async (more: Partial<image.CopyFiles>): Promise<readonly string[]> => {
      const made = await image.build({ copy: [{ from: root, to: '/', ...more }] });
      return (await headersOf((await made.layers())[0]!)).map(({ name, type }) => `${name} ${type}`);
    };
    expect(await copied({})).toEqual([
      '.dockerignore file',
      ...[
        'a.js file',
        'a.map file',
        'lib/ directory',
        'lib/b.js file',
        'lib/b.test.js file',
        'linked symlink',
      ],
    ]);
    expect(await copied({ include: ['**/*.js'], exclude: ['**/*.test.js'] })).toEqual([
      ...['a.js file', 'lib/ directory', 'lib/b.js file'],
    ]);
    expect(await copied({ include: ['linked', 'secret'], followLinks: true, ignoreFile: false })).toEqual([
      ...['linked/ directory', 'linked/c.js file', 'secret file'],
    ]);
  });

  it('refuses a link that leads to a directory above it if links are followed', async () => {
    const root = await makeFiles(temp.path('src'), { 'lib/a': 'a' });
    await symlink('..', `${root}/lib/up`);
    const building = image.build({ copy: [{ from: root, to: '/', followLinks: true }] });
    await expect(building).rejects.toThrow(errors.UnsupportedError);
    await expect(building).rejects.toThrow('"lib/up" leads to a directory that contains it');
  });

  it('takes layers as tars, streams, finished layers and contents', async () => {
    const tar = await readAll(await crane.layer({ a: 'a' }).uncompressed());
    await writeFile(temp.path('a.tar'), tar);
    const finished = crane.layer({ b: 'b' });
    const made = await image.build({
      layers: [temp.path('a.tar'), tar, Readable.from([tar]), new Blob([tar]).stream(), finished, { c: 'c' }],
      compression: 'none',
    });
    await validate.image(made);
    const layers = await made.layers();
    const diffIds = await Promise.all(layers.map(async (layer) => layer.diffId()));
    expect(new Set(diffIds.slice(0, 4)).size).toBe(1);
    expect(diffIds[4]).toBe(await finished.diffId());
    expect(await entriesOf(made)).toEqual(['644 0:0 c c']);
  });

  it('gives the same digest whatever the umask, the times and the paths on this machine are', async () => {
    const first = await makeFiles(temp.path('one'), { 'a/b': 'x' });
    const second = await makeFiles(temp.path('two'), { 'a/b': 'x' });
    await chmod(`${second}/a`, 0o700);
    await chmod(`${second}/a/b`, 0o600);
    const digestOf = async (from: string): Promise<string> =>
      (await image.build({ copy: [{ from, to: '/app' }] })).digest();
    expect(await digestOf(second)).toBe(await digestOf(first));
  });

  it('keeps the bytes that the files had when it was called', async () => {
    const root = await makeFiles(temp.path('src'), { a: 'before' });
    const made = await image.build({ copy: [{ from: root, to: '/' }] });
    const digest = await made.digest();
    await writeFile(`${root}/a`, 'after');
    expect(await made.digest()).toBe(digest);
    expect(await entriesOf(made)).toEqual(['644 0:0 a before']);
  });

  it('reads nothing of the layers of its base', async () => {
    const base = imageFor('base');
    const unreadable = {
      ...base,
      layers: async () =>
        (await base.layers()).map((layer) => ({
          ...layer,
          compressed: async () => Promise.reject(new Error('the layer is read')),
          uncompressed: async () => Promise.reject(new Error('the layer is read')),
        })),
    };
    const made = await image.build({ from: unreadable, copy: [{ a: 'a' }] });
    expect((await made.manifest()).layers).toHaveLength(2);
  });

  it('moves files below Files/ for a base for Windows', async () => {
    const base = mutate.configFile(empty.image, {
      ...(await empty.image.configFile()),
      ...{ os: 'windows', architecture: 'amd64', config: { Env: ['Path=C:\\bin'], WorkingDir: 'C:\\app' } },
    });
    const made = await image.build({
      from: base,
      copy: [{ from: { 'a.txt': 'a' }, to: '.' }],
      env: { PATH: 'x' },
    });
    expect((await headersOf((await made.layers())[0]!)).map(({ name }) => name)).toContain('Files/app/a.txt');
    expect((await made.configFile()).config.Env).toEqual(['PATH=x']);
  });

  it('is stopped by its signal, and ends the streams that it was given', async () => {
    const source = new Readable({ read: () => undefined });
    const controller = new AbortController();
    const building = image.build({ copy: [{ a: source }], signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(building).rejects.toThrow('stop');
    expect(source.destroyed).toBe(true);
  });
});

import { execFile } from 'node:child_process';
import { chmod, link, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import type { Layer } from '../../../src/v1/layer.js';
import { headersOf, makeFiles } from '../../support/archives/make-files.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';
import { unpackInMemory } from '../../support/archives/unpack-in-memory.js';

const temp = useTempDir();

const made = async (files: Readonly<Record<string, string | Buffer>>, root = 'dir'): Promise<string> =>
  makeFiles(temp.path(root), files);

const names = async (layer: Layer): Promise<readonly string[]> =>
  (await headersOf(layer)).map(({ name }) => name);

describe('crane.layerFromDirectory', () => {
  it('holds every file, sorted by the bytes of its name, and each directory before its content', async () => {
    const dir = await made({ b: '1', 'a/z': '2', 'a/é': '3', 'a-b': '4', B: '5', 'empty/': '', 'a/d/x': '' });
    await symlink('../nowhere', path.join(dir, 'a/link'));
    const layer = crane.layerFromDirectory(dir, { target: '/srv/app' });
    expect(await names(layer)).toEqual([
      'srv/app/B',
      'srv/app/a/',
      'srv/app/a/d/',
      'srv/app/a/d/x',
      'srv/app/a/link',
      'srv/app/a/z',
      'srv/app/a/é',
      'srv/app/a-b',
      'srv/app/b',
      'srv/app/empty/',
    ]);
    const found = await unpackInMemory(await layer.uncompressed());
    expect(found.get('srv/app/a/link')!.header).toMatchObject({
      type: 'symlink',
      linkName: '../nowhere',
      mode: 0o777,
    });
    expect(found.get('srv/app/a/z')!.content).toBe('2');
  });

  it('gives the same digest for the same files, whatever their times and owners', async () => {
    const files = { 'x/one': '1', 'x/two': '2', y: Buffer.alloc(300_000, 7) };
    const first = await made(files, 'first');
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    const second = await made(reversed, 'second');
    for (const name of ['x', 'x/one', 'y']) await utimes(path.join(second, name), 1e9, 1e9);
    const digests = [first, second, second].map(async (dir) => crane.layerFromDirectory(dir).digest());
    expect(new Set(await Promise.all(digests)).size).toBe(1);
    // The bytes must not change between versions of this library.
    expect(await digests[0]).toBe(await crane.layerFromDirectory(first, { compression: 'gzip' }).digest());
    const [, , header] = await headersOf(crane.layerFromDirectory(first));
    expect(header).toMatchObject({ uid: 0, gid: 0, mtime: 0, userName: '', groupName: '' });
  });

  it('writes portable modes that do not depend on the umask', async () => {
    const digests = new Set<string>();
    for (const umask of ['022', '002', '077']) {
      const dir = temp.path(`umask-${umask}`);
      const script = `umask ${umask}; mkdir -p "$0/bin"; echo x > "$0/file"; echo y > "$0/bin/run"; chmod +x "$0/bin/run"`;
      await promisify(execFile)('bash', ['-c', script, dir]);
      const layer = crane.layerFromDirectory(dir, { mode: 'portable' });
      digests.add(await layer.diffId());
      expect((await headersOf(layer)).map(({ name, mode }) => [name, mode])).toEqual([
        ['bin/', 0o755],
        ['bin/run', 0o755],
        ['file', 0o644],
      ]);
    }
    expect(digests.size).toBe(1);
  });

  it('keeps modes, and sets owners and times as the options say', async () => {
    const dir = await made({ old: '', new: '' });
    await chmod(path.join(dir, 'old'), 0o4750);
    await chmod(path.join(dir, 'new'), 0o640);
    await utimes(path.join(dir, 'old'), 1000.75, 1000.75);
    await utimes(path.join(dir, 'new'), 3000, 3000);
    const facts = async (options: crane.DirectoryLayerOptions): Promise<unknown> =>
      (await headersOf(crane.layerFromDirectory(dir, options))).map(({ name, mode, uid, gid, mtime }) => [
        name,
        mode,
        uid,
        gid,
        mtime,
      ]);
    const at = new Date(2_000_000);
    expect(await facts({ owner: { uid: 10, gid: 20 }, time: at })).toEqual([
      ['new', 0o640, 10, 20, 2000],
      ['old', 0o4750, 10, 20, 2000],
    ]);
    const [uid, gid] = [process.getuid!(), process.getgid!()];
    expect(await facts({ owner: 'keep', time: { notAfter: at } })).toEqual([
      ['new', 0o640, uid, gid, 2000],
      ['old', 0o4750, uid, gid, 1000],
    ]);
    expect(await facts({ time: 'keep' })).toEqual([
      ['new', 0o640, 0, 0, 3000],
      ['old', 0o4750, 0, 0, 1000],
    ]);
  });

  it('keeps hard links, or writes copies instead', async () => {
    const dir = await made({ 'b/first': 'content' });
    await mkdir(path.join(dir, 'c'));
    await link(path.join(dir, 'b/first'), path.join(dir, 'a'));
    await link(path.join(dir, 'b/first'), path.join(dir, 'c/last'));
    const kept = await unpackInMemory(await crane.layerFromDirectory(dir).uncompressed());
    expect(
      [...kept].map(([name, { header, inode, content }]) => [name, header.type, inode, content]),
    ).toEqual([
      ['a', 'file', 'a', 'content'],
      ['b', 'directory', 'b', ''],
      ['b/first', 'link', 'a', 'content'],
      ['c', 'directory', 'c', ''],
      ['c/last', 'link', 'a', 'content'],
    ]);
    const without = await unpackInMemory(
      await crane.layerFromDirectory(dir, { ignore: ['a'] }).uncompressed(),
    );
    expect(without.get('c/last')).toMatchObject({ inode: 'b/first', content: 'content' });
    const copied = await headersOf(crane.layerFromDirectory(dir, { hardLinks: 'copy' }));
    expect(copied.filter(({ type }) => type === 'link')).toEqual([]);
  });

  it('lets a function change, move or omit each entry', async () => {
    const dir = await made({ 'bin/run': 'x', 'doc/a': '1', 'doc/b/c': '2', 'etc/conf': '' });
    const layer = crane.layerFromDirectory(dir, {
      entry: (entry) => {
        expect(Object.isFrozen(entry)).toBe(true);
        if (entry.path === 'doc') return undefined;
        if (entry.path.startsWith('etc')) return { ...entry, path: `/usr/./${entry.path}`, uid: 5 };
        return entry.type === 'file' ? { ...entry, mode: 0o555 } : entry;
      },
    });
    expect((await headersOf(layer)).map(({ name, mode, uid }) => [name, mode & 0o777, uid])).toEqual([
      ['bin/', 0o755, 0],
      ['bin/run', 0o555, 0],
      ['usr/etc/', 0o755, 5],
      ['usr/etc/conf', 0o644, 5],
    ]);
    const climbing = crane.layerFromDirectory(dir, { entry: (entry) => ({ ...entry, path: '../x' }) });
    await expect(climbing.digest()).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it('adds the directory itself with includeRoot', async () => {
    const dir = await made({ a: '' });
    await chmod(dir, 0o750);
    await symlink(dir, temp.path('alias'));
    const options = { includeRoot: true, target: 'app', owner: { uid: 7, gid: 8 } };
    const [own, file] = await headersOf(crane.layerFromDirectory(temp.path('alias'), options));
    expect(own).toMatchObject({ name: 'app/', type: 'directory', mode: 0o750, uid: 7, gid: 8 });
    expect(file!.name).toBe('app/a');
    expect(await names(crane.layerFromDirectory(dir, { includeRoot: true }))).toEqual(['./', 'a']);
  });

  it('applies the ignore rules of the directory, of a file, and of the caller', async () => {
    const dir = await made({
      '.dockerignore': '\ufeffnode_modules\n# comment\n *.log \r\n!keep.log\n',
      'node_modules/x': '',
      'a.log': '',
      'keep.log': '',
      '# comment': '',
      'src/b.log': '',
      'src/c': '',
    });
    await writeFile(temp.path('rules'), 'src\n!src/c\n');
    const own = ['# comment', '.dockerignore', 'keep.log', 'src/', 'src/b.log', 'src/c'];
    expect(await names(crane.layerFromDirectory(dir))).toEqual(own);
    expect(await names(crane.layerFromDirectory(dir, { ignore: ['src/*', '!node_modules'] }))).toEqual([
      ...['# comment', '.dockerignore', 'keep.log', 'node_modules/', 'node_modules/x', 'src/'],
    ]);
    expect(await names(crane.layerFromDirectory(dir, { ignoreFile: false, ignore: ['*', '!src'] }))).toEqual([
      ...['src/', 'src/b.log', 'src/c'],
    ]);
    // An ignored directory is written if something in it is not ignored.
    const other = crane.layerFromDirectory(dir, {
      ignoreFile: temp.path('rules'),
      ignore: ['*.log', 'node*'],
    });
    expect(await names(other)).toEqual(['# comment', '.dockerignore', 'src/', 'src/c']);
    const missing = crane.layerFromDirectory(dir, { ignoreFile: temp.path('none') });
    await expect(missing.digest()).rejects.toMatchObject({ code: 'FILE_SYSTEM', systemCode: 'ENOENT' });
    const broken = crane.layerFromDirectory(dir, { ignore: ['[a'] });
    await expect(broken.digest()).rejects.toMatchObject({ code: 'BAD_PATTERN', pattern: '[a' });
    const bare = crane.layerFromDirectory(dir, { ignore: ['!'] });
    await expect(bare.digest()).rejects.toMatchObject({ code: 'BAD_PATTERN' });
  });

  it('keeps names that are not UTF-8, and long ones', async () => {
    const dir = await made({ 'dir/': '' });
    const raw = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0x66, 0xff, 0xe9])]);
    await writeFile(raw, 'odd');
    const long = `${'n'.repeat(200)}/${'m'.repeat(200)}`;
    await made({ [long]: 'long' });
    const found = await unpackInMemory(await crane.layerFromDirectory(dir).uncompressed());
    expect([...found.values()].map(({ content }) => content)).toEqual(['', 'odd', '', 'long']);
    const tar = await readAll(await crane.layerFromDirectory(dir).uncompressed());
    expect(tar.includes(Buffer.from([0x66, 0xff, 0xe9]))).toBe(true);
  });

  it('keeps pipes, and refuses sockets and names of whiteouts', async () => {
    const dir = await made({ a: '' });
    await promisify(execFile)('mkfifo', [path.join(dir, 'pipe')]);
    expect((await headersOf(crane.layerFromDirectory(dir))).at(-1)).toMatchObject({
      name: 'pipe',
      type: 'fifo',
    });
    await writeFile(path.join(dir, '.wh.a'), '');
    await expect(crane.layerFromDirectory(dir).digest()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await rm(path.join(dir, '.wh.a'));
    const server = createServer().listen(path.join(dir, 's'));
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      await expect(crane.layerFromDirectory(dir).digest()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      expect(await names(crane.layerFromDirectory(dir, { ignore: ['s'] }))).toEqual(['a', 'pipe']);
    } finally {
      await promisify(server.close.bind(server))();
    }
  });

  it('keeps the device numbers', async () => {
    const [header] = await headersOf(
      crane.layerFromFiles([{ path: 'dev/zero', from: '/dev/zero', mode: 0o666 }]),
    );
    expect(header).toMatchObject({ type: 'character-device', deviceMajor: 1, deviceMinor: 5, mode: 0o666 });
  });

  it('stops at once if it is aborted, and leaves nothing open', async () => {
    const dir = await made(Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`f${at}`, 'x'])));
    const gone = new AbortController();
    const digest = crane.layerFromDirectory(dir).digest({ signal: gone.signal });
    gone.abort(new Error('enough'));
    await expect(digest).rejects.toThrow('enough');
    const tar = await crane.layerFromDirectory(dir).uncompressed();
    for await (const _chunk of tar) break;
    await finished(tar).catch(() => undefined);
    expect(tar.closed).toBe(true);
  });

  it('names the directory that does not exist', async () => {
    const missing = temp.path('none');
    await expect(crane.layerFromDirectory(missing).digest()).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      systemCode: 'ENOENT',
    });
  });
});

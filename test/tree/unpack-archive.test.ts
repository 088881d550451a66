import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { unpackArchive, type UnpackOptions } from '../../src/tree/copy/unpack-archive.js';
import { bytesContent, type LeafNode } from '../../src/tree/nodes/node.js';
import { layerTar, type LayerEntry } from '../support/archives/layer-tar.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { listTree, NOW, symlink, treeOf, spoolsIn } from './trees.js';

const temp = useTempDir();

type Nodes = Readonly<Record<string, LeafNode | string>>;

async function unpacked(
  bytes: Buffer,
  {
    onto = {},
    to = '/x',
    ...options
  }: Partial<UnpackOptions> & { readonly onto?: Nodes; readonly to?: string } = {},
): Promise<Readonly<Record<string, string>> | false> {
  const tree = treeOf(onto);
  const isUnpacked = await unpackArchive(bytesContent(bytes), tree, to, {
    ...{ now: NOW, spools: spoolsIn(temp.path()), ...options },
  });
  return isUnpacked && listTree(tree);
}

const ENTRIES: readonly LayerEntry[] = [
  { name: 'd/', type: 'directory', mode: 0o700, uid: 1, gid: 2, mtime: 5 },
  { name: 'd/a', body: '1', size: 1, mode: 0o4711, uid: 3, gid: 4, mtime: 6 },
  { name: 'l', type: 'symlink', linkName: 'd' },
  { name: 'l/b', body: '2', size: 1 },
  { name: 'h', type: 'link', linkName: 'd/a' },
  { name: 'n/m/c', body: '3', size: 1 },
  { name: 'pipe', type: 'fifo' },
];
const LISTED = { 'x/d/a': '1', 'x/d/b': '2', 'x/l': '-> d', 'x/h': '1', 'x/n/m/c': '3', 'x/pipe': 'fifo' };

describe('unpacking an archive', () => {
  it('puts its entries below the destination', async () => {
    const tar = await layerTar(ENTRIES);
    expect(await unpacked(tar)).toEqual(LISTED);
    expect(await unpacked(gzipSync(tar))).toEqual(LISTED);
  });

  it('keeps owners, modes and times, or takes the given owner', async () => {
    const tar = await layerTar(ENTRIES);
    const tree = treeOf({});
    const options = { now: NOW, spools: spoolsIn(temp.path()) };
    await unpackArchive(bytesContent(tar), tree, '/x', options);
    const time = (seconds: number): unknown => ({ seconds, nanoseconds: 0 });
    expect(tree.get(['x', 'd'])).toMatchObject({ mode: 0o700, uid: 1, gid: 2, modified: time(5) });
    expect(tree.get(['x', 'd', 'a'])).toMatchObject({ mode: 0o4711, uid: 3, gid: 4, modified: time(6) });
    expect(tree.get(['x', 'h'])).toBe(tree.get(['x', 'd', 'a']));
    await unpackArchive(bytesContent(tar), tree, '/y', { ...options, owner: { uid: 8, gid: 9 } });
    expect(tree.get(['y', 'd'])).toMatchObject({ uid: 8, gid: 9, modified: time(5) });
    expect(tree.get(['y', 'd', 'a'])).toMatchObject({ mode: 0o4711, uid: 8, gid: 9 });
  });

  it('stays within the destination', async () => {
    const onto = { 'etc/passwd': 'root', 'x/abs': symlink('/etc'), 'x/up': symlink('../../etc') };
    const tar = tarEntries(
      ...[
        { name: '../../a', content: '1' },
        { name: '/abs/passwd', content: '2' },
      ],
      ...[
        { name: 'up/b', content: '3' },
        { name: 'own', link: '/etc' },
        { name: 'own/c', content: '4' },
      ],
      ...[{ name: 'd/../../../e', content: '5' }, { name: '..' }],
    );
    expect(await unpacked(tar, { onto })).toEqual({
      ...{
        'etc/passwd': 'root',
        'x/a': '1',
        'x/etc/passwd': '2',
        'x/etc/b': '3',
        'x/etc/c': '4',
        'x/e': '5',
      },
      ...{ 'x/abs': '-> /etc', 'x/up': '-> ../../etc', 'x/own': '-> /etc' },
    });
  });

  it('replaces what is in the way, and merges directories', async () => {
    const onto = { 'x/d': 'file', 'x/h/y': 'y', 'x/n/old': 'old' };
    expect(await unpacked(await layerTar(ENTRIES), { onto })).toEqual({ ...LISTED, 'x/n/old': 'old' });
  });

  it.each([
    ['a text', Buffer.from('text')],
    ['an empty file', Buffer.alloc(0)],
    ['a tar without entries', Buffer.alloc(1024)],
    ['a text that is compressed', gzipSync('text')],
    ['the start of a gzip file', gzipSync('text').subarray(0, 12)],
    ['a broken gzip file', Buffer.from('1f8b0800000000000003ffffffffffffffff', 'hex')],
    ['the start of a zstd file', Buffer.from('28b52ffd0458', 'hex')],
    ['a broken header', Buffer.concat([tarEntries({ name: 'a' }).subarray(0, 100), Buffer.alloc(924)])],
  ])('does not unpack %s', async (_, bytes) => {
    expect(await unpacked(bytes)).toBe(false);
    expect(await readdir(temp.path())).toEqual([]);
  });

  it.each([
    [
      'a hard link of a missing file',
      tarEntries({ name: 'a', link: 'none', hard: true }),
      {},
      'ARCHIVE_INVALID',
    ],
    [
      'a hard link out of the archive',
      tarEntries({ name: 'a', link: '../f', hard: true }),
      { f: 'f' },
      'ARCHIVE_INVALID',
    ],
    [
      'an archive that is cut off',
      tarEntries({ name: 'a', content: 'x'.repeat(600) }).subarray(0, 700),
      {},
      'ARCHIVE_INVALID',
    ],
  ])('fails for %s', async (_, tar, onto, code) => {
    await expect(unpacked(tar, { onto })).rejects.toMatchObject({ code });
  });

  it.each([
    ['a destination that is a file', tarEntries({ name: 'a' }), { x: 'file' }, /\/x: a file has its name/],
    ['a file below a file', tarEntries({ name: 'a' }, { name: 'a/b' }), {}, /\/x\/a: a file has its name/],
    ['a loop', tarEntries({ name: 'a', link: 'a' }, { name: 'a/b' }), {}, /symbolic links/],
    ['a very deep path', tarEntries({ name: `${'d/'.repeat(3000)}x` }), {}, /more than 2048 parts/],
  ])('fails for %s', async (_, tar, onto, message) => {
    await expect(unpacked(tar, { onto })).rejects.toThrow(message);
  });

  it('can be aborted', async () => {
    const reason = new Error('stop');
    const tar = await layerTar(ENTRIES);
    await expect(unpacked(tar, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

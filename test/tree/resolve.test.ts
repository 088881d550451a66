import { describe, expect, it } from '@jest/globals';
import { partsOf, resolvePath } from '../../src/tree/nodes/resolve.js';
import { symlink, treeOf } from './trees.js';

const { root } = treeOf({
  'dir/file': 'x',
  'dir/up': symlink('..'),
  'dir/self': symlink('.'),
  relative: symlink('dir'),
  absolute: symlink('/dir/file'),
  climbing: symlink('../../../dir'),
  dangling: symlink('none/x'),
  loop: symlink('pool'),
  pool: symlink('loop'),
  empty: symlink(''),
});

async function resolved(path: string, followLast?: boolean): Promise<string> {
  const { parts, node } = await resolvePath(root, path, { followLast });
  return `/${parts.join('/')} ${node?.type ?? 'missing'}`;
}

describe('a path in a tree', () => {
  it.each([
    ['/', '/ directory'],
    ['', '/ directory'],
    ['.', '/ directory'],
    ['dir//./file', '/dir/file file'],
    ['/dir/file/', '/dir/file file'],
    ['relative/file', '/dir/file file'],
    ['relative', '/dir directory'],
    ['absolute', '/dir/file file'],
    ['dir/up/dir/self/self/file', '/dir/file file'],
    ['empty/dir', '/dir directory'],
  ])('%s leads to %s', async (path, expected) => {
    expect(await resolved(path)).toBe(expected);
  });

  it.each([
    ['../..', '/ directory'],
    ['../dir/../../dir/file', '/dir/file file'],
    ['climbing/file', '/dir/file file'],
    ['dir/up/../..', '/ directory'],
  ])('%s stays within the root', async (path, expected) => {
    expect(await resolved(path)).toBe(expected);
  });

  it.each([
    ['none/a/b', '/none/a/b missing'],
    ['none/../dir', '/dir directory'],
    ['dangling', '/none/x missing'],
    ['dangling/y', '/none/x/y missing'],
    ['dir/constructor', '/dir/constructor missing'],
  ])('%s keeps the parts that do not exist', async (path, expected) => {
    expect(await resolved(path)).toBe(expected);
  });

  it('can end with a link that is not followed', async () => {
    expect(await resolved('relative', false)).toBe('/relative symlink');
    expect(await resolved('loop', false)).toBe('/loop symlink');
    expect(await resolved('relative/up', false)).toBe('/dir/up symlink');
  });

  it('does not lead through a file', async () => {
    await expect(resolvePath(root, 'dir/file/x')).rejects.toThrow('/dir/file is not a directory');
    await expect(resolvePath(root, 'absolute/x')).rejects.toThrow('/dir/file is not a directory');
  });

  it('does not lead through a loop of links', async () => {
    await expect(resolvePath(root, 'loop')).rejects.toThrow(/too many symbolic links/);
    await expect(resolvePath(root, `${'dir/up/'.repeat(256)}dir`)).rejects.toThrow(/too many symbolic links/);
    expect(await resolved(`${'dir/up/'.repeat(255)}dir`)).toBe('/dir directory');
  });

  it('has a limit on the length of the links', async () => {
    const long = 'a/../'.repeat(2000);
    const tree = treeOf({ long: symlink(`${long}next`), next: symlink(long.repeat(100)) });
    await expect(resolvePath(tree.root, 'next')).rejects.toThrow(/more than 16384 parts/);
    const chain = treeOf({ one: symlink(`${long}two`), two: symlink(`${long}${long}${long}${long}x`) });
    await expect(resolvePath(chain.root, 'one')).rejects.toThrow(/more than 16384 parts/);
    await expect(resolvePath(tree.root, long.repeat(100))).rejects.toThrow(/more than 16384 parts/);
  });

  it('has no empty parts', () => {
    expect(partsOf('/./a//b/.')).toEqual(['a', 'b']);
    expect(partsOf('..')).toEqual(['..']);
  });
});

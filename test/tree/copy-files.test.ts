import { describe, expect, it } from '@jest/globals';
import { copyFiles, type CopyOptions } from '../../src/tree/copy/copy-files.js';
import { parseMode } from '../../src/tree/copy/mode.js';
import { matchingPaths } from '../../src/tree/copy/wildcards.js';
import { pathRules } from '../../src/tree/ignore-rules.js';
import { FileTree } from '../../src/tree/nodes/file-tree.js';
import type { LeafNode, SourceDirectory, SourceNode } from '../../src/tree/nodes/node.js';
import { copiedEntries } from './copied-entries.js';
import { file, listTree, NOW, OLD, symlink, treeOf } from './trees.js';

type Nodes = Readonly<Record<string, LeafNode | string>>;

/** Copies a path of one tree into another, and lists the other. */
async function copied(
  source: Nodes,
  path: string,
  destination: string,
  { onto = {}, ...options }: Partial<CopyOptions> & { readonly onto?: Nodes } = {},
): Promise<Readonly<Record<string, string>>> {
  const tree = treeOf(onto);
  await copyFiles(treeOf(source).root, path, tree, destination, { now: NOW, ...options });
  return listTree(tree);
}

const SOURCE: Nodes = {
  'd/a.txt': '1',
  'd/b.md': '2',
  'd/sub/c.txt': '3',
  'd/sub/deep/d.md': '4',
  'd/empty/': '',
  f: 'file',
  toFile: symlink('f'),
  toDirectory: symlink('/d'),
  'd/inner': symlink('a.txt'),
};

describe('copying files', () => {
  it.each([
    ['/f', '/x', { x: 'file' }],
    ['/f', '/x/', { 'x/f': 'file' }],
    ['/f', '/x/y/z', { 'x/y/z': 'file' }],
    ['/toFile', '/x', { x: 'file' }],
    ['/toFile', '/x/', { 'x/toFile': 'file' }],
    ['/d/sub', '/x', { 'x/c.txt': '3', 'x/deep/d.md': '4' }],
    ['/d/sub/', '/x/', { 'x/c.txt': '3', 'x/deep/d.md': '4' }],
    ['/toDirectory/sub', '/x', { 'x/c.txt': '3', 'x/deep/d.md': '4' }],
    ['/d/../d/sub/deep', '/', { 'd.md': '4' }],
    ['/d/empty', '/x', { 'x/': '' }],
    ['/d/inner', '/x', { x: '1' }],
  ])('%s to %s', async (path, destination, expected) => {
    expect(await copied(SOURCE, path, destination)).toEqual(expected);
  });

  it('puts a file into an existing directory, and merges directories', async () => {
    const onto = { 'x/old': 'old', 'x/sub/c.txt': 'old' };
    expect(await copied(SOURCE, '/f', '/x', { onto })).toEqual({ ...onto, 'x/f': 'file' });
    expect(await copied(SOURCE, '/d', '/x', { onto })).toMatchObject({
      ...{ 'x/old': 'old', 'x/sub/c.txt': '3', 'x/inner': '-> a.txt' },
    });
  });

  it('follows the links of the destination within its root', async () => {
    const onto = { 'real/x': 'x', up: symlink('../../real'), none: symlink('made/here') };
    expect(await copied(SOURCE, '/f', '/up/', { onto })).toMatchObject({ 'real/f': 'file' });
    expect(await copied(SOURCE, '/f', '/none', { onto })).toMatchObject({ 'made/here': 'file' });
    expect(await copied(SOURCE, '/f', '/../../y', { onto })).toMatchObject({ y: 'file' });
  });

  it('replaces links below the destination', async () => {
    const onto = { 'x/a.txt': symlink('/secret'), secret: 's' };
    expect(await copied(SOURCE, '/d', '/x', { onto })).toMatchObject({ 'x/a.txt': '1', secret: 's' });
  });

  it.each([
    ['/none', '/x', {}, /\/none does not exist/],
    ['/f/x', '/x', {}, /\/f is not a directory/],
    ['/f', '/x/', { x: 'x' }, /\/x: a file has its name/],
    ['/f', '/x/y', { x: 'x' }, /\/x: a file has its name/],
    ['/d', '/x', { x: 'x' }, /cannot copy a directory to \/x/],
    ['/d', '/x', { 'x/a.txt/y': '' }, /cannot replace the directory \/x\/a.txt with a file/],
    ['/d', '/x', { 'x/sub': '' }, /cannot copy a directory to \/x\/sub/],
    ['/d', '/x', { 'x/sub': symlink('y'), 'y/z': '' }, /cannot copy a directory to \/x\/sub/],
    ['/f', `/${'d/'.repeat(2048)}x`, {}, /more than 2048 parts/],
    ['/f', `/${'d/'.repeat(20_000)}`, {}, /more than 16384 parts/],
  ])('fails for %s', async (path, destination, onto, message) => {
    await expect(copied(SOURCE, path, destination, { onto })).rejects.toThrow(message);
  });

  it('makes hard links of names that share a file, and copies of other names', async () => {
    const shared = file('s');
    const link = symlink('s');
    const tree = treeOf({});
    const source = treeOf({ 'd/a': shared, 'd/b': shared, 'd/c': file('s'), 'd/l': link, 'd/m': link });
    await copyFiles(source.root, '/d', tree, '/x', { now: NOW, owner: { uid: 3, gid: 4 } });
    const at = (name: string): unknown => tree.get(['x', name]);
    expect(at('a')).toBe(at('b'));
    expect(at('a')).not.toBe(shared);
    expect(at('c')).not.toBe(at('a'));
    expect(at('l')).not.toBe(at('m'));
    expect(at('a')).toMatchObject({ uid: 3, gid: 4 });
  });

  it('gives owner and mode to all copies, but no mode to links', async () => {
    const tree = treeOf({});
    const options = { now: NOW, owner: { uid: 3, gid: 4 }, mode: parseMode('4750') };
    await copyFiles(treeOf(SOURCE).root, '/d', tree, '/new/x', options);
    expect(tree.get(['new'])).toMatchObject({ mode: 0o750, uid: 3, gid: 4, modified: NOW });
    // The top is created like its parents.
    expect(tree.get(['new', 'x'])).toMatchObject({ mode: 0o750, uid: 3, modified: OLD });
    expect(tree.get(['new', 'x', 'a.txt'])).toMatchObject({ mode: 0o4750, uid: 3, modified: OLD });
    expect(tree.get(['new', 'x', 'inner'])).toMatchObject({ mode: 0o777, uid: 3 });
  });

  it('does not change its source', async () => {
    const source = treeOf(SOURCE);
    const { root } = source;
    const before = await listTree(root);
    await copyFiles(root, '/', source, '/d/again', { now: NOW });
    expect(await listTree(root)).toEqual(before);
    expect(await listTree(source)).toMatchObject({ 'd/again/d/a.txt': '1' });
  });

  it('copies one file after the other in linear time', async () => {
    const count = 2000;
    const names = Array.from({ length: count }, (_, at) => `n${at}`);
    const source = treeOf(Object.fromEntries(names.map((name) => [name, 'x']))).root;
    const tree = treeOf({});
    const work = async (): Promise<void> => {
      for (const name of names) await copyFiles(source, `/${name}`, tree, '/x/', { now: NOW });
    };
    expect(await copiedEntries(work)).toBeLessThan(count);
    expect(tree.get(['x', 'n1999'])).toBeDefined();
  });

  it('can be aborted', async () => {
    const reason = new Error('stop');
    await expect(copied(SOURCE, '/d', '/x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('paths that are left out', () => {
  const without = async (...patterns: readonly string[]): Promise<readonly string[]> =>
    Object.keys(await copied(SOURCE, '/d', '/', { exclude: pathRules(patterns) })).sort();
  const all = ['a.txt', 'b.md', 'empty/', 'inner', 'sub/c.txt', 'sub/deep/d.md'];

  it.each([
    [[], all],
    [['*.md'], ['a.txt', 'empty/', 'inner', 'sub/c.txt', 'sub/deep/d.md']],
    [['**/*.md'], ['a.txt', 'empty/', 'inner', 'sub/c.txt', 'sub/deep/']],
    [['sub'], ['a.txt', 'b.md', 'empty/', 'inner']],
    [['sub/*'], ['a.txt', 'b.md', 'empty/', 'inner', 'sub/']],
    [
      ['sub', '!sub/deep/d.md'],
      ['a.txt', 'b.md', 'empty/', 'inner', 'sub/deep/d.md'],
    ],
    [['*', '!**/c.txt'], ['sub/c.txt']],
    [['*', '!empty'], ['empty/']],
    [
      ['/a.txt', './b.md'],
      ['empty/', 'inner', 'sub/c.txt', 'sub/deep/d.md'],
    ],
    [['d', 'd/a.txt'], all],
  ])('%j', async (patterns, expected) => {
    expect(await without(...patterns)).toEqual(expected);
  });

  it('are never the source itself', async () => {
    expect(await copied(SOURCE, '/f', '/x', { exclude: pathRules(['*']) })).toEqual({ x: 'file' });
    expect(await copied(SOURCE, '/d', '/x', { exclude: pathRules(['*']) })).toEqual({ 'x/': '' });
  });

  it('are not read', async () => {
    const { root } = treeOf({ 'd/a': '1' });
    const fail = async (): Promise<never> => Promise.reject(new Error('read'));
    const hidden: SourceNode = { ...OWNED, type: 'directory', entries: undefined, load: fail };
    const entries = new Map<string, SourceNode>([...root.entries, ['h', hidden]]);
    const source: SourceDirectory = { ...OWNED, type: 'directory', entries, load: fail };
    const tree = FileTree.empty();
    await copyFiles(source, '/', tree, '/', { now: NOW, exclude: pathRules(['h']) });
    expect(await listTree(tree)).toEqual({ 'd/a': '1' });
  });
});

const OWNED = { mode: 0o755, uid: 0, gid: 0, modified: OLD };

describe('paths that are chosen', () => {
  it.each([
    [['sub/c.txt'], ['sub/c.txt']],
    [['*/c.txt'], ['sub/c.txt']],
    [['**/*.md'], ['b.md', 'sub/deep/d.md']],
    [['sub'], ['sub/c.txt', 'sub/deep/d.md']],
    [['none/x'], []],
  ])('%j', async (patterns, expected) => {
    const found = await copied(SOURCE, '/d', '/', { include: pathRules(patterns) });
    expect(Object.keys(found).sort()).toEqual(expected);
  });

  it('bring the directories above them with their metadata', async () => {
    const source = treeOf(SOURCE);
    source.setMetadata(['d', 'sub'], { mode: 0o700, uid: 5, gid: 6, modified: OLD });
    const tree = treeOf({});
    await copyFiles(source.root, '/d', tree, '/', { now: NOW, include: pathRules(['sub/deep/d.md']) });
    expect(tree.get(['sub'])).toMatchObject({ mode: 0o700, uid: 5, gid: 6 });
    expect(await listTree(tree)).toEqual({ 'sub/deep/d.md': '4' });
  });
});

describe('a source with wildcards', () => {
  const { root } = treeOf({ ...SOURCE, '[odd]': 'o', 'x*y': 's', 'd/é': 'e' });
  const matches = async (source: string): Promise<readonly string[]> => matchingPaths(root, source, {});

  it.each([
    ['/f', ['/f']],
    ['/none', ['/none']],
    ['/*', ['/[odd]', '/d', '/f', '/toDirectory', '/toFile', '/x*y']],
    ['/d/*', ['/d/a.txt', '/d/b.md', '/d/empty', '/d/inner', '/d/sub', '/d/é']],
    ['/d/*.txt', ['/d/a.txt']],
    ['/*/*.txt', ['/d/a.txt']],
    ['/**/*.txt', ['/d/a.txt']],
    ['/*/*/*', ['/d/sub/c.txt', '/d/sub/deep']],
    ['/toDirectory/*.txt', ['/d/a.txt']],
    ['/[[]odd]', ['/[odd]']],
    ['/x\\**', ['/x*y']],
    ['/d/?', ['/d/é']],
    ['/[^d]', ['/f']],
    ['/none*', []],
    ['/f/*', []],
  ])('%s is %j', async (source, expected) => {
    expect(await matches(source)).toEqual(expected);
  });

  it.each(['/[', '/[a', '/[]', '/a*\\'])('cannot be %s', async (source) => {
    await expect(matches(source)).rejects.toMatchObject({ code: 'BAD_PATTERN' });
  });

  it('needs the directory before the first wildcard', async () => {
    await expect(matches('/none/*')).rejects.toThrow('/none does not exist');
  });
});

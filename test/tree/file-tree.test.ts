import { describe, expect, it } from '@jest/globals';
import { directory, FileTree } from '../../src/tree/nodes/file-tree.js';
import { sortedNames } from '../../src/tree/nodes/node.js';
import { file, listTree, NOW, OLD, treeOf } from './trees.js';

const OWNER = { mode: 0o750, uid: 1, gid: 2 };

describe('a tree of files', () => {
  it('finds nodes by their paths, and nothing below a file', () => {
    const tree = treeOf({ 'a/b': 'x', 'a/c/': '' });
    expect(tree.get(['a', 'b'])).toMatchObject({ type: 'file' });
    expect(tree.get(['a', 'c'])).toMatchObject({ type: 'directory' });
    expect(tree.get([])).toMatchObject({ type: 'directory' });
    expect(tree.get(['a', 'b', 'c'])).toBeUndefined();
    expect(tree.get(['constructor'])).toBeUndefined();
  });

  it('keeps names that objects have', async () => {
    const tree = treeOf({ '__proto__/constructor': 'x' });
    expect(tree.get(['__proto__', 'constructor'])).toMatchObject({ type: 'file' });
    expect([...tree.root.entries.keys()]).toEqual(['__proto__']);
  });

  it('does not change its copies, nor they it', async () => {
    const tree = treeOf({ 'a/b': '1', 'c/d': '2' });
    const before = await listTree(tree);
    const copy = new FileTree(tree.root);
    copy.set(['a', 'b'], file('changed'));
    copy.remove(['c', 'd']);
    copy.setMetadata(['c'], { mode: 0, uid: 9, gid: 9, modified: NOW });
    expect(await listTree(tree)).toEqual(before);
    tree.makeDirectories(['a', 'new'], OWNER, NOW);
    tree.set(['a', 'own'], file('own'));
    expect(await listTree(copy)).toEqual({ 'a/b': 'changed', 'c/': '' });
    expect(tree.get(['c'])).toMatchObject({ mode: 0o755, uid: 0 });
  });

  it('does not change a root that was read earlier', async () => {
    const tree = treeOf({ 'a/b': '1' });
    const { root } = tree;
    tree.set(['a', 'c'], file('2'), NOW);
    tree.setMetadata([], { mode: 0o700, uid: 0, gid: 0, modified: NOW });
    expect(await listTree(root)).toEqual({ 'a/b': '1' });
    expect(root.mode).toBe(0o755);
  });

  it('shares what was not changed, so that it is known to be the same', () => {
    const tree = treeOf({ 'a/b': '1', 'c/d': '2' });
    const before = tree.root;
    tree.set(['a', 'x'], file('3'));
    const now = tree.root;
    expect(now).not.toBe(before);
    expect(now.entries.get('a')).not.toBe(before.entries.get('a'));
    expect(now.entries.get('c')).toBe(before.entries.get('c'));
    expect(tree.root).toBe(now);
  });

  it('sets the time of a directory only if a time is given', () => {
    const tree = treeOf({ 'a/b': '1' });
    const timeOf = (): unknown => tree.get(['a'])?.modified;
    tree.set(['a', 'c'], file());
    expect(timeOf()).toBe(OLD);
    tree.remove(['a', 'c']);
    expect(timeOf()).toBe(OLD);
    tree.set(['a', 'c'], file(), NOW);
    expect(timeOf()).toBe(NOW);
  });

  it('creates only the directories that do not exist', () => {
    const tree = treeOf({ 'a/b': '1' });
    tree.makeDirectories(['a'], OWNER, NOW);
    expect(tree.get(['a'])).toMatchObject({ mode: 0o755, modified: OLD });
    tree.makeDirectories(['a', 'x', 'y'], OWNER, NOW);
    expect(tree.get(['a'])).toMatchObject({ mode: 0o755, modified: NOW });
    expect(tree.get(['a', 'x'])).toMatchObject({ ...OWNER, modified: NOW });
    expect(tree.get(['a', 'x', 'y'])).toMatchObject({ ...OWNER, modified: NOW });
  });

  it('refuses what cannot exist', () => {
    const tree = treeOf({ 'a/b': '1' });
    expect(() => {
      tree.makeDirectories(['a', 'b', 'c'], OWNER, NOW);
    }).toThrow(/cannot create the directory \/a\/b: a file has its name/);
    expect(() => {
      tree.set(['a', 'b', 'c'], file());
    }).toThrow('/a/b is not a directory');
    expect(() => {
      tree.set([], file());
    }).toThrow('the root must be a directory');
  });

  it('has a limit on the depth of paths', () => {
    const deep = (count: number): string[] => Array.from({ length: count }, () => 'd');
    const tree = FileTree.empty();
    tree.makeDirectories(deep(2048), OWNER, NOW);
    expect(tree.get(deep(2048))).toMatchObject(OWNER);
    expect(() => {
      tree.makeDirectories(deep(2049), OWNER, NOW);
    }).toThrow(/more than 2048 parts/);
    expect(() => {
      tree.set(deep(2049), directory({ ...OWNER, modified: NOW }));
    }).toThrow(/more than 2048 parts/);
  });
});

describe('the order of names', () => {
  it('is that of the bytes of UTF-8', () => {
    const names = ['b', 'B', 'a', '\ue000', '\u{1f600}', 'é', 'a.b', 'a/b', ''];
    const entries = new Map(names.map((name) => [name, undefined]));
    const expected = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(sortedNames(entries)).toEqual(expected);
  });
});

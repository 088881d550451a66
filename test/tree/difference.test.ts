import { describe, expect, it } from '@jest/globals';
import { type Change, difference, possibleDuplicates } from '../../src/tree/layers/difference.js';
import { writeChanges } from '../../src/tree/layers/write-changes.js';
import type { FileTree } from '../../src/tree/nodes/file-tree.js';
import { createTar } from '../../src/internal/tar/tar.js';
import { file, NOW, OLD, symlink, treeOf } from './trees.js';

const text = (change: Change): string =>
  change.kind === 'whiteout'
    ? `- ${change.path}`
    : change.kind === 'link'
      ? `${change.path} = ${change.target}`
      : `${change.path}${change.node.type === 'directory' ? '/' : ''}`;

/** The changes that `change` makes of a tree. */
async function changes(tree: FileTree, change: (tree: FileTree) => void): Promise<readonly string[]> {
  const lower = tree.root;
  change(tree);
  return (await difference(lower, tree.root, () => false)).map(text);
}

const METADATA = { mode: 0o755, uid: 0, gid: 0, modified: OLD };

describe('the difference of two trees', () => {
  it('has a whiteout for what was removed, and nothing below it', async () => {
    const tree = treeOf({ 'a/b': '1', 'a/c/d': '2', e: '3' });
    expect(
      await changes(tree, (upper) => {
        upper.remove(['a', 'c']);
        upper.remove(['e']);
      }),
    ).toEqual(['a/', '- a/c', '- e']);
  });

  it('lists directories before their content, and names by their bytes', async () => {
    const tree = treeOf({});
    expect(
      await changes(tree, (upper) => {
        for (const name of ['b', 'a.b', 'a/z', 'B', 'é'])
          upper.makeDirectories(name.split('/').slice(0, -1), METADATA, OLD);
        for (const name of ['b', 'a.b', 'a/z', 'B', 'é']) upper.set(name.split('/'), file());
      }),
    ).toEqual(['B', 'a/', 'a/z', 'a.b', 'b', 'é']);
  });

  it('is empty for the same tree, and for one in which nothing was changed', async () => {
    const tree = treeOf({ 'a/b': '1' });
    expect(await changes(tree, () => undefined)).toEqual([]);
    expect(
      await changes(tree, (upper) => {
        upper.setMetadata(['a'], METADATA);
        upper.set(['a', 'x'], file());
        upper.remove(['a', 'x']);
      }),
    ).toEqual([]);
  });

  it('does not list a directory for its time alone', async () => {
    const tree = treeOf({ 'a/b': '1' });
    expect(
      await changes(tree, (upper) => {
        upper.setMetadata(['a'], { ...METADATA, modified: NOW });
      }),
    ).toEqual([]);
  });

  it.each([
    ['mode', { mode: 0o700 }],
    ['user', { uid: 1 }],
    ['group', { gid: 1 }],
    ['attributes', { attributes: { 'SCHILY.xattr.user.a': 'b' } }],
  ])('lists files and directories, and the root, if their %s has changed', async (_, change) => {
    const tree = treeOf({ 'a/b': '1', c: '2' });
    expect(
      await changes(tree, (upper) => {
        upper.setMetadata(['a'], { ...METADATA, ...change });
        upper.set(['c'], file('2', change));
      }),
    ).toEqual(['a/', 'c']);
    expect(
      await changes(tree, (upper) => {
        upper.setMetadata([], { ...METADATA, ...change });
      }),
    ).toEqual(['/']);
  });

  it('replaces a directory by a file and the reverse, without whiteouts', async () => {
    const tree = treeOf({ 'a/b': '1', c: '2' });
    expect(
      await changes(tree, (upper) => {
        upper.set(['a'], file());
        upper.remove(['c']);
        upper.makeDirectories(['c', 'd'], METADATA, OLD);
      }),
    ).toEqual(['a', 'c/', 'c/d/']);
  });

  it('lists files whose size, time, type or target has changed', async () => {
    const tree = treeOf({ a: '1', b: '2', c: symlink('x'), d: '4', e: symlink('same') });
    expect(
      await changes(tree, (upper) => {
        upper.set(['a'], file('22'));
        upper.set(['b'], file('2', { modified: { seconds: 100, nanoseconds: 1 } }));
        upper.set(['c'], symlink('y'));
        upper.set(['d'], symlink('4'));
      }),
    ).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has hard links for further names of a new file, but not of a symbolic link', async () => {
    const shared = file('1');
    const link = symlink('x');
    expect(
      await changes(treeOf({}), (upper) => {
        for (const name of ['b', 'a', 'c']) upper.set([name], shared);
        for (const name of ['y', 'z']) upper.set([name], link);
      }),
    ).toEqual(['a', 'b = a', 'c = a', 'y', 'z']);
  });

  it('has the content again if the other name is in the lower tree', async () => {
    const shared = file('1');
    const tree = treeOf({ a: shared });
    expect(
      await changes(tree, (upper) => {
        upper.set(['b'], shared);
      }),
    ).toEqual(['b']);
  });

  it('leaves the decision to the contents if a time has no fraction', async () => {
    const tree = treeOf({ a: 'old', b: 'old', c: file('old', { modified: { seconds: 1, nanoseconds: 5 } }) });
    const lower = tree.root;
    tree.set(['a'], file('new'));
    tree.set(['b'], file('new'));
    tree.set(['c'], file('new', { modified: { seconds: 1, nanoseconds: 5 } }));
    const pairs = await possibleDuplicates(lower, tree.root);
    expect(pairs.map(({ upper }) => upper)).toEqual([tree.get(['a']), tree.get(['b'])]);
    const found = await difference(lower, tree.root, ({ upper }) => upper === tree.get(['a']));
    expect(found.map(text)).toEqual(['b']);
  });

  it('can be aborted', async () => {
    const reason = new Error('stop');
    const found = difference(treeOf({}).root, treeOf({ a: '1' }).root, () => false, {
      signal: AbortSignal.abort(reason),
    });
    await expect(found).rejects.toBe(reason);
  });
});

describe('a layer', () => {
  it.each(['.wh.a', 'd/.wh.a', '.wh..wh..opq', 'd/.wh..wh..opq', '.wh..wh.plnk/1', '.wh..wh.x'])(
    'cannot have a file with the name %s, which has a special meaning',
    async (name) => {
      const found = await difference(treeOf({}).root, treeOf({ [name]: 'x' }).root, () => false);
      const tar = createTar();
      tar.stream.resume();
      await expect(writeChanges(found, tar, {})).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    },
  );

  it.each(['.wh.', 'd/.wh..'])('cannot have a file with the name %s', async (name) => {
    const found = await difference(treeOf({}).root, treeOf({ [name]: 'x' }).root, () => false);
    const tar = createTar();
    tar.stream.resume();
    await expect(writeChanges(found, tar, {})).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });
});

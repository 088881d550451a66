import { describe, expect, it } from '@jest/globals';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { applyEntries, applyLayer } from '../../src/tree/layers/apply-layer.js';
import { EntryBudget } from '../../src/tree/layers/entry-budget.js';
import { FileTree } from '../../src/tree/nodes/file-tree.js';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { paxEntry, rawEntry, TRAILER } from '../support/archives/raw-tar.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { copiedEntries } from './copied-entries.js';
import { applied, entriesOfTar, layerEntries, listTree, symlink, treeOf } from './trees.js';

const temp = useTempDir();

const file = (name: string, body = ''): LayerEntry => ({ name, body, size: body.length });
const dir = (name: string): LayerEntry => ({ name, type: 'directory' });
const link = (name: string, linkName: string): LayerEntry => ({ name, type: 'symlink', linkName });
const hardLink = (name: string, linkName: string): LayerEntry => ({ name, type: 'link', linkName });

/** Applies a layer with these entries to a tree. */
const onto = async (
  nodes: Parameters<typeof treeOf>[0],
  ...entries: readonly LayerEntry[]
): Promise<Readonly<Record<string, string>>> => applied(treeOf(nodes), temp.path(), entries);

describe('whiteouts of a layer', () => {
  it('hide files and directories of lower layers', async () => {
    expect(
      await onto({ a: '1', 'b/c': '2', 'd/e': '3' }, file('.wh.a'), file('.wh.b'), file('d/.wh.e')),
    ).toEqual({
      'd/': '',
    });
  });

  it('do not hide what the layer has, whatever the order is', async () => {
    const lower = { a: 'old', 'b/old': 'old' };
    const own = [file('a', 'new'), file('b/new', 'new')];
    const markers = [file('.wh.a'), file('.wh.b')];
    const expected = { a: 'new', 'b/new': 'new' };
    expect(await onto(lower, ...own, ...markers)).toEqual(expected);
    expect(await onto(lower, ...markers, ...own)).toEqual(expected);
  });

  it('hide the content of an opaque directory, but not the directory', async () => {
    const tree = treeOf({ 'a/b': '1', 'a/c/d': '2', e: '3' });
    tree.setMetadata(['a'], { mode: 0o700, uid: 5, gid: 6, modified: { seconds: 7, nanoseconds: 0 } });
    const entries = [file('a/own', 'own'), file('a/.wh..wh..opq')];
    expect(await applied(tree, temp.path(), entries)).toEqual({ 'a/own': 'own', e: '3' });
    expect(tree.get(['a'])).toMatchObject({ mode: 0o700, uid: 5, gid: 6 });
  });

  it('hide everything if the root is opaque', async () => {
    expect(await onto({ 'a/b': '1', c: '2' }, file('.wh..wh..opq'), file('d'))).toEqual({ d: '' });
  });

  it('hide a symbolic link, not the file that it leads to', async () => {
    expect(await onto({ a: '1', l: symlink('a') }, file('.wh.l'))).toEqual({ a: '1' });
  });

  it('hide what lies behind a symbolic link in their path', async () => {
    expect(await onto({ 'd/a': '1', 'd/b': '2', l: symlink('d') }, file('l/.wh.a'))).toEqual({
      'd/b': '2',
      l: '-> d',
    });
  });

  it('hide nothing behind a link that the layer replaces by a directory', async () => {
    const lower = { 'd/a': '1', l: symlink('d') };
    const expected = { 'd/a': '1', 'l/own': 'own' };
    expect(await onto(lower, dir('l/'), file('l/.wh..wh..opq'), file('l/own', 'own'))).toEqual(expected);
    expect(await onto(lower, dir('l/'), file('l/.wh.a'), file('l/own', 'own'))).toEqual(expected);
    expect(await onto(lower, dir('l/'), dir('l/x/'), file('l/x/.wh..wh..opq'), file('l/own', 'own'))).toEqual(
      {
        ...expected,
        'l/x/': '',
      },
    );
  });

  it('may name what does not exist', async () => {
    expect(
      await onto({ a: '1' }, file('.wh.none'), file('x/y/.wh.z'), file('a/.wh.b'), file('a/.wh..wh..opq')),
    ).toEqual({ a: '1' });
  });

  it('fail for a path that leads through a loop', async () => {
    await expect(onto({ l: symlink('l') }, file('l/.wh.a'))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });

  it.each(['.wh.', 'a/.wh..', '.wh...'])('cannot be %s', async (name) => {
    await expect(onto({}, file(name))).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });
});

describe('entries of a layer', () => {
  it('are put behind the symbolic links in their paths', async () => {
    const lower = { 'd/a': '1', l: symlink('d'), up: symlink('../../../d'), abs: symlink('/d') };
    expect(await onto(lower, file('l/b', '2'), file('up/c', '3'), file('abs/e', '4'))).toEqual({
      ...{ 'd/a': '1', 'd/b': '2', 'd/c': '3', 'd/e': '4' },
      ...{ l: '-> d', up: '-> ../../../d', abs: '-> /d' },
    });
  });

  it('replace a symbolic link at the end of their path', async () => {
    expect(await onto({ a: '1', l: symlink('a') }, file('l', '2'))).toEqual({ a: '1', l: '2' });
    expect(await onto({ 'd/a': '1', l: symlink('d') }, dir('l/'))).toEqual({ 'd/a': '1', 'l/': '' });
  });

  it('replace files by directories and the reverse, and merge directories', async () => {
    expect(await onto({ a: '1', 'b/c': '2', 'd/e': '3' }, dir('a'), file('b', 'f'), dir('d'))).toEqual({
      ...{ 'a/': '', b: 'f', 'd/e': '3' },
    });
  });

  it('create missing parents', async () => {
    expect(await onto({}, file('a/b/c', '1'), link('d/e', '/none'), file('f/g', '2'))).toEqual({
      ...{ 'a/b/c': '1', 'd/e': '-> /none', 'f/g': '2' },
    });
    expect(await onto({ l: symlink('made') }, file('l/x', '1'))).toEqual({ l: '-> made', 'made/x': '1' });
  });

  it('share a file if they are hard links of it', async () => {
    const tree = treeOf({ low: 'low' });
    const entries = [
      file('a', '1'),
      hardLink('b', 'a'),
      hardLink('c/d', './b'),
      hardLink('e', '/low'),
      file('a', '2'),
    ];
    expect(await applied(tree, temp.path(), entries)).toEqual({
      low: 'low',
      a: '2',
      b: '1',
      'c/d': '1',
      e: 'low',
    });
    expect(tree.get(['b'])).toBe(tree.get(['c', 'd']));
    expect(tree.get(['e'])).toBe(tree.get(['low']));
  });

  it('may be hard links of a symbolic link, or lead through one', async () => {
    expect(await onto({ 'd/a': '1', l: symlink('d') }, hardLink('m', 'l'), hardLink('n', 'l/a'))).toEqual({
      ...{ 'd/a': '1', l: '-> d', m: '-> d', n: '1' },
    });
  });

  it('may be hard links of metadata of AUFS, which is not visible', async () => {
    const tree = FileTree.empty();
    const entries = [
      ...[dir('.wh..wh.plnk/'), file('.wh..wh.plnk/1.2', 'linked'), file('d/.wh..wh.aufs', 'x')],
      ...[hardLink('a', '.wh..wh.plnk/1.2'), hardLink('d/b', '.wh..wh.plnk/1.2')],
    ];
    expect(await applied(tree, temp.path(), entries)).toEqual({ a: 'linked', 'd/b': 'linked' });
    expect(tree.get(['a'])).toBe(tree.get(['d', 'b']));
  });

  it.each([
    ['a hard link of a missing file', [hardLink('a', 'none')], /which does not exist/],
    ['a hard link of a file in a missing directory', [hardLink('a', 'none/x')], /which does not exist/],
    ['a hard link of itself', [hardLink('a', 'a')], /which does not exist/],
    ['hard links of each other', [hardLink('a', 'b'), hardLink('b', 'a')], /which does not exist/],
    ['a hard link of a directory', [dir('d'), hardLink('a', 'd')], /which is a directory/],
    ['a hard link through a file', [file('f'), hardLink('a', 'f/x')], /"a".*f is not a directory/],
    ['a file below a file', [file('f'), file('f/x')], /"f\/x".*a file has its name/],
    ['a directory deep below a file', [file('f'), dir('f/x/y')], /"f\/x\/y".*is not a directory/],
    ['a loop of links', [link('l', 'm'), link('m', 'l'), file('l/x')], /"l\/x".*symbolic links/],
    ['a file in place of the root', [file('.')], /the root must be a directory/],
    ['a very deep path', [file('d/'.repeat(3000) + 'x')], /more than 2048 parts/],
    ['a path of many parts', [file('d/'.repeat(200_000) + 'x')], /more than 16384 parts/],
    ['a link of many parts', [link('l', 'd/'.repeat(200_000)), file('l/x')], /more than 16384 parts/],
  ])('fail for %s', async (_, entries, message) => {
    await expect(onto({}, ...entries)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it.each(['../a', 'a/../../b', '/../a'])('cannot have the name %s', async (name) => {
    const entries = entriesOfTar(temp.path(), tarEntries({ name }));
    await expect(entries).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it('cannot be hard links of a file outside of the root', async () => {
    await expect(onto({}, hardLink('a', '../../etc/passwd'))).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it('may have absolute names, and those of members of objects', async () => {
    expect(await onto({}, file('/abs', '1'), file('./__proto__/constructor', '2'))).toEqual({
      ...{ abs: '1', '__proto__/constructor': '2' },
    });
  });

  it('keep bytes that are not UTF-8', async () => {
    const tar = Buffer.concat([rawEntry({ name: Buffer.from([0x61, 0xff]) }, 'x'), TRAILER]);
    const tree = FileTree.empty();
    await applyLayer(tree, await entriesOfTar(temp.path(), tar), {});
    expect(await listTree(tree)).toEqual({ 'a\udcff': 'x' });
  });

  it('keep devices, pipes, modes, owners, fractions of times and attributes', async () => {
    const tar = Buffer.concat([
      rawEntry({ name: 'null', typeflag: '3', mode: '0000666\0' }),
      rawEntry({ name: 'pipe', typeflag: '6' }),
      rawEntry({ name: 'unknown', typeflag: 'Z' }, 'body'),
      paxEntry([
        ['mtime', '12.25'],
        ['SCHILY.xattr.user.a', 'b'],
        ['comment', 'c'],
      ]),
      rawEntry({ name: 'f', mode: '0106755\0', uid: '0000007\0', gid: '0000010\0' }, 'x'),
      TRAILER,
    ]);
    const tree = FileTree.empty();
    await applyLayer(tree, await entriesOfTar(temp.path(), tar), {});
    expect(await listTree(tree)).toEqual({ null: 'character-device', pipe: 'fifo', f: 'x' });
    expect(tree.get(['f'])).toMatchObject({
      ...{ mode: 0o6755, uid: 7, gid: 8, modified: { seconds: 12, nanoseconds: 250_000_000 } },
      attributes: { 'SCHILY.xattr.user.a': 'b' },
    });
  });

  it('have no special names in a context', async () => {
    const tree = FileTree.empty();
    const entries = await layerEntries(temp.path(), [file('a'), file('.wh.a', 'x')]);
    await applyEntries(tree, entries, {});
    expect(await listTree(tree)).toEqual({ a: '', '.wh.a': 'x' });
  });
});

describe('a large layer', () => {
  const COUNT = 2000;
  const names = Array.from({ length: COUNT }, (_, at) => `d/${at}`);

  it.each<readonly [string, readonly LayerEntry[]]>([
    ['whiteouts', names.map((name) => file(name.replace('/', '/.wh.')))],
    ['entries behind a link', names.map((name) => file(`l${name.slice(1)}x`))],
    ['directories that have no entry', names.map((name) => file(`${name}new/x`))],
    ['hard links behind a link', names.map((name) => hardLink(`l/${name.slice(2)}x`, `l/1`))],
  ])('does not copy a directory for each of its %s', async (_, entries) => {
    const nodes = Object.fromEntries(names.map((name) => [name, 'x']));
    const tree = treeOf({ ...nodes, l: symlink('d') });
    const parsed = await layerEntries(temp.path(), entries);
    const { root } = tree;
    expect(await copiedEntries(async () => applyLayer(tree, parsed, {}))).toBeLessThan(3 * COUNT);
    expect(root.entries.size).toBe(2);
  });

  it('can be aborted', async () => {
    const entries = await layerEntries(
      temp.path(),
      names.map((name) => file(name)),
    );
    const reason = new Error('stop');
    const applying = applyLayer(FileTree.empty(), entries, { signal: AbortSignal.abort(reason) });
    await expect(applying).rejects.toBe(reason);
  });

  it('cannot have headers that need much memory', () => {
    const header = { name: 'n', linkName: '', pax: {} };
    const many = new EntryBudget('layer');
    for (let count = 0; count < 1_000_000; count += 1) many.add(header);
    expect(() => {
      many.add(header);
    }).toThrow(LimitExceededError);
    const long = new EntryBudget('layer');
    const large = { ...header, pax: { 'SCHILY.xattr.a': 'x'.repeat(1024 * 1024) } };
    for (let count = 0; count < 255; count += 1) long.add(large);
    expect(() => {
      long.add(large);
    }).toThrow('layer: the size of all names and attributes exceeds the limit');
  });
});

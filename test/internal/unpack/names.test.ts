import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ContainerError } from '../../../src/errors/base.js';
import { encodeText } from '../../../src/internal/tar/format/text.js';
import type { SkippedEntry } from '../../../src/internal/unpack/options.js';
import * as mutate from '../../../src/mutate/index.js';
import { diskTree } from '../../support/archives/disk-tree.js';
import type { LayerEntry } from '../../support/archives/layer-tar.js';
import { file, directory, layeredImage, link, symlink } from '../../support/images/layered-image.js';
import { useUnpack } from '../../support/archives/unpack.js';

const temp = useUnpack();

describe('names of entries', () => {
  it.each(['../x', 'a/../../x', 'a/../b', '..', '/x', '//x', 'C:../x', 'C:\\x', 'c:/x', '\\\\server\\share'])(
    'M7: refuses %s',
    async (name) => {
      expect(await temp.outcome([file(name, 'x')])).toBe('UNSAFE_PATH');
      expect(await temp.outcome([file('f', ''), link('a', name)])).toBe('UNSAFE_PATH');
      expect(readdirSync(temp.path())).toEqual([]);
    },
  );

  it('M13: treats all spellings of a path as one path', async () => {
    const entries = [
      directory('.'),
      file('./a', '1'),
      file('a', '2'),
      directory('d/'),
      file('d//./b', '3'),
      file('.//a', '4'),
    ];
    expect(await temp.outcome(entries)).toEqual({ a: '4', d: '/', 'd/b': '3' });
  });

  it('refuses an entry for the root that is not a directory', async () => {
    for (const name of ['.', './', '']) {
      expect(await temp.outcome([{ name, type: 'symlink', linkName: '/tmp' }])).toBe('UNSAFE_PATH');
    }
  });

  it('B13: keeps bytes that are not UTF-8 in names and in the targets of links', async () => {
    const name = 'caf\udce9';
    await temp.unpack([
      directory(name),
      file(`${name}/f\udcff`, 'x'),
      symlink('s', name),
      link('h', `${name}/f\udcff`),
    ]);
    const names = (below: string): string[] =>
      readdirSync(Buffer.concat([Buffer.from(temp.path('out/')), encodeText(below)]), { encoding: 'latin1' });
    expect(names('').sort()).toEqual(['caf\xe9', 'h', 's']);
    expect(names(name)).toEqual(['f\xff']);
    expect(await diskTree(temp.path('out')).catch(() => 'unreadable as text')).toBeDefined();
  });

  it('throws a typed error for a name that is too long for the system', async () => {
    await expect(temp.unpack([file('n'.repeat(300), '')])).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      systemCode: 'ENAMETOOLONG',
    });
  });
});

describe('names that must be portable', () => {
  it.each(['con', 'dir/NUL.txt', 'a:b', 'dot.', 'space ', 'back\\slash', 'what?', 'com1', 'lpt9.x', 'tab\t'])(
    'M7: refuses %j',
    async (name) => {
      expect(await temp.outcome([file(name, '')], { portable: true })).toBe('UNSAFE_PATH');
      expect(await temp.outcome([file(name, '')])).not.toBe('UNSAFE_PATH');
    },
  );

  it.each([
    ['case', 'File', 'fILE'],
    ['the writing of a letter', 'caf\u00e9', 'cafe\u0301'],
    ['sharp s', 'stra\u00dfe', 'STRASSE'],
    ['the case of a directory above', 'Dir/a', 'dir/A'],
  ])('M7: refuses two names that differ in %s, or skips the second', async (_what, first, second) => {
    expect(await temp.outcome([file(first, '1'), file(second, '2')], { portable: true })).toBe('UNSAFE_PATH');
    const skipped: SkippedEntry[] = [];
    const onSkip = (entry: SkippedEntry): void => void skipped.push(entry);
    await temp.unpack([file(first, '1'), file(second, '2')], { portable: true, nameClashes: 'skip', onSkip });
    expect(Object.values(await diskTree(temp.path('out')))).not.toContain('2');
    expect(skipped).toEqual([{ path: second, type: 'file', reason: 'name-clash' }]);
  });

  it('M7: refuses a link whose name is equal to that of a directory on some file systems', async () => {
    const entries = [directory('Dir'), symlink('dir', '/tmp'), file('Dir/x', '')];
    expect(await temp.outcome(entries, { portable: true })).toBe('UNSAFE_PATH');
  });

  it('accepts directories with equal names, and a name that comes twice', async () => {
    const entries = [directory('E'), directory('e'), file('E/a', '1'), file('e/b', '2'), file('E/a', '3')];
    expect(await temp.outcome(entries, { portable: true })).toMatchObject({ 'E/a': '3' });
  });

  const deep = `${'d/'.repeat(30_000)}f`;

  it.each<readonly [string, readonly LayerEntry[]]>([
    ['a file', [file(deep, '')]],
    ['a directory', [directory(deep)]],
    ['a symbolic link', [symlink(deep, 'x')]],
    ['a hard link', [file('f', ''), link(deep, 'f')]],
    ['the target of a hard link', [file('f', ''), link('h', deep)]],
    ['what a whiteout removes', [file(`${'d/'.repeat(30_000)}.wh.f`, '')]],
  ])('S8: refuses %s of thirty thousand parts early, and leaves no files', async (what, entries) => {
    const image = await layeredImage([entries]);
    const [layer] = await image.layers();
    if (!what.startsWith('what')) {
      expect(await temp.outcome(entries, { portable: true })).toBe('ARCHIVE_INVALID');
      await expect(mutate.extractTo(image, temp.path('out'))).rejects.toBeInstanceOf(ContainerError);
      expect(readdirSync(temp.path())).toEqual([]);
    }
    await expect(mutate.extractLayerTo(layer!, temp.path('out'))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringMatching(/^.{50,250}$/),
    });
    expect(readdirSync(temp.path())).toEqual([]);
  });

  it('S8: accepts the longest path of the file system', async () => {
    const room = 4095 - temp.path('out').length - 1;
    // While it is made, the directory has a longer name.
    const parts = Math.floor((room - 40) / 2);
    const path = `${'d/'.repeat(parts)}f`;
    await temp.unpack([file(path, 'x')], { portable: true });
    expect(readFileSync(temp.path('out', path), 'utf8')).toBe('x');
    await expect(temp.unpack([file(`${'d/'.repeat(2045)}f`, '')], { merge: true })).rejects.toMatchObject({
      systemCode: 'ENAMETOOLONG',
    });
  });
});

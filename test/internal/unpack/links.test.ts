import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { diskTree } from '../../support/archives/disk-tree.js';
import { file, directory, link, symlink } from '../../support/images/layered-image.js';
import { useUnpack } from '../../support/archives/unpack.js';

const temp = useUnpack();

describe('links in an archive', () => {
  it('M6: are never followed to write an entry of any kind, whatever they lead to', async () => {
    mkdirSync(temp.path('outside'));
    const behind = [
      file('l/x', 'y'),
      directory('l/x'),
      symlink('l/x', 'y'),
      link('l/x', 'f'),
      file('l/d/x', 'y'),
    ];
    for (const target of ['../outside', temp.path('outside'), 'd', '.', 'nowhere']) {
      for (const entry of [...behind, file('l/big', 'x'.repeat(300_000))]) {
        const entries = [file('f', ''), directory('d'), symlink('l', target), entry];
        expect(await temp.outcome(entries)).toBe('UNSAFE_PATH');
      }
    }
    expect(readdirSync(temp.path())).toEqual(['outside']);
    expect(readdirSync(temp.path('outside'))).toEqual([]);
  });

  it('M6: are never followed if they existed before', async () => {
    mkdirSync(temp.path('outside'));
    mkdirSync(temp.path('out'));
    symlinkSync(temp.path('outside'), temp.path('out/l'));
    expect(await temp.outcome([file('l/x', 'y')], { merge: true })).toBe('UNSAFE_PATH');
    expect(readdirSync(temp.path('outside'))).toEqual([]);
  });

  it('M7: are refused if a chain of symbolic or hard links leads outside', async () => {
    writeFileSync(temp.path('secret'), 'secret');
    const climb = [directory('a'), symlink('a/up', '..'), symlink('a/up2', 'up/..')];
    expect(await temp.outcome([...climb, file('a/up2/secret', 'x')])).toBe('UNSAFE_PATH');
    expect(await temp.outcome([...climb, link('mine', 'a/up2/secret')])).toBe('ARCHIVE_INVALID');
    expect(
      await temp.outcome([symlink('s', temp.path('secret')), link('mine', 's'), file('mine', 'x')]),
    ).toMatchObject({
      mine: 'x',
    });
    expect(await diskTree(temp.path())).toMatchObject({ secret: 'secret' });
  });

  it('M6: replace a directory, and later entries below them are refused', async () => {
    mkdirSync(temp.path('outside'));
    const swap = [directory('d'), file('d/a', '1'), symlink('d', temp.path('outside'))];
    expect(await temp.outcome([...swap, file('d/b', '2')])).toBe('UNSAFE_PATH');
    expect(await temp.outcome([...swap, directory('d'), file('d/b', '2')])).toEqual({ d: '/', 'd/b': '2' });
    expect(readdirSync(temp.path('outside'))).toEqual([]);
  });

  it('M6: are not followed when a directory above them gets its attributes', async () => {
    mkdirSync(temp.path('outside/sub'), { recursive: true, mode: 0o755 });
    const entries = [directory('d'), directory('d/sub', { mode: 0o700 }), symlink('d', temp.path('outside'))];
    expect(await temp.outcome(entries)).toEqual({ d: `-> ${temp.path('outside')}` });
    expect(statSync(temp.path('outside/sub')).mode & 0o777).toBe(0o755);
  });

  it('M8, M9: keep absolute and climbing targets as text', async () => {
    expect(await temp.outcome([symlink('a', '/lib64'), symlink('b', '../../../etc')])).toEqual({
      a: '-> /lib64',
      b: '-> ../../../etc',
    });
  });

  it('become another symbolic link, if they are hard links to a symbolic link', async () => {
    expect(await temp.outcome([symlink('a', 'nowhere'), link('b', 'a')])).toEqual({
      a: '-> nowhere',
      b: '-> nowhere',
    });
  });

  it('are refused if they are hard links to a directory or to no earlier entry', async () => {
    expect(await temp.outcome([link('b', 'a'), file('a', '')])).toBe('ARCHIVE_INVALID');
    expect(await temp.outcome([directory('a'), link('b', 'a')])).toBe('ARCHIVE_INVALID');
    expect(await temp.outcome([link('b', 'no/a')])).toBe('ARCHIVE_INVALID');
  });
});

describe('entries with the same name', () => {
  it('replace each other, and hard links keep the earlier content', async () => {
    const large = 'x'.repeat(300_000);
    expect(await temp.outcome([file('a', '1'), link('b', 'a'), file('a', '2'), file('a', large)])).toEqual({
      a: large,
      b: '1',
    });
  });

  it('may have any combination of kinds', async () => {
    const kinds = [
      directory('x'),
      file('x', 'f'),
      symlink('x', 'l'),
      link('x', 'y'),
      file('x', 'x'.repeat(300_000)),
    ];
    for (const before of kinds) {
      for (const after of kinds) {
        const found = await temp.outcome([file('y', 'y'), before, after]);
        const [last] = [after].map(({ type, linkName, body }) =>
          type === 'directory' ? '/' : type === 'symlink' ? `-> ${linkName}` : type === 'link' ? 'y' : body,
        );
        expect(found).toEqual({ x: last, y: 'y' });
        rmSync(temp.path('out'), { recursive: true });
      }
    }
  });

  it('do not become directories for later entries below them', async () => {
    expect(await temp.outcome([file('a', '1'), file('a/b', '2')])).toBe('UNSAFE_PATH');
  });

  it('replace a directory, also for the entries after them', async () => {
    expect(await temp.outcome([directory('a'), file('a/b', '1'), file('a', '2'), file('a/b', '3')])).toBe(
      'UNSAFE_PATH',
    );
  });
});

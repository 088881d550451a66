import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { FileSystemError } from '../../../src/errors/file-system.js';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import type { SkippedEntry } from '../../../src/internal/unpack/options.js';
import { unpackTar } from '../../../src/internal/unpack/tar.js';
import { diskTree } from '../../support/archives/disk-tree.js';
import { layerTar } from '../../support/archives/layer-tar.js';
import { file, directory, link, symlink } from '../../support/images/layered-image.js';
import { useUnpack } from '../../support/archives/unpack.js';

const temp = useUnpack();

describe('unpacking into a directory that does not exist', () => {
  it('creates all files with their modes and times', async () => {
    const totals = await temp.unpack([
      directory('.', { mode: 0o750, mtime: 5 }),
      directory('d', { mode: 0o555, mtime: 1000 }),
      file('d/f', 'content', { mode: 0o640, mtime: 1.5 }),
      file('big', 'x'.repeat(400_000), { mode: 0o666 }),
      link('d/again', 'd/f'),
      symlink('s', '/absolute/../target'),
      file('old', '', { mtime: -1e9 }),
      file('implied/folder/f', ''),
    ]);
    const out = temp.path('out');
    expect(await diskTree(out, { modes: true })).toEqual({
      d: '555 /',
      'd/f': '640 content',
      'd/again': '640 content',
      big: `666 ${'x'.repeat(400_000)}`,
      s: '-> /absolute/../target',
      old: '644 ',
      implied: '755 /',
      'implied/folder': '755 /',
      'implied/folder/f': '644 ',
    });
    expect(statSync(out).mode & 0o7777).toBe(0o750);
    expect([statSync(out).mtimeMs, statSync(`${out}/d`).mtimeMs, statSync(`${out}/d/f`).mtimeMs]).toEqual([
      5000, 1_000_000, 1500,
    ]);
    expect(statSync(`${out}/old`).mtimeMs).toBe(-1e12);
    expect(lstatSync(`${out}/s`).mtimeMs).toBe(0);
    expect(statSync(`${out}/d/again`).ino).toBe(statSync(`${out}/d/f`).ino);
    expect(totals).toEqual({
      directories: 1,
      files: 4,
      hardLinks: 1,
      symbolicLinks: 1,
      bytes: 400_007,
      skipped: 0,
      privilegesDropped: 0,
      attributesDropped: 0,
    });
    chmodSync(`${out}/d`, 0o755);
  });

  it('leaves nothing after a failure', async () => {
    expect(await temp.outcome([file('a', '1'), directory('locked', { mode: 0 }), file('../b', '2')])).toBe(
      'UNSAFE_PATH',
    );
    expect(readdirSync(temp.path())).toEqual([]);
  });

  it('T19: leaves nothing after an abort', async () => {
    const gone = new AbortController();
    const tar = await layerTar([file('a', '1'), file('big', 'x'.repeat(600_000))]);
    const source = new Readable({
      read() {
        this.push(tar.subarray(0, 300_000));
        this._read = () => undefined;
        setImmediate(() => {
          gone.abort(new Error('enough'));
        });
      },
    });
    await expect(unpackTar(source, temp.path('out'), { signal: gone.signal })).rejects.toThrow('enough');
    expect(source.destroyed).toBe(true);
    expect(readdirSync(temp.path())).toEqual([]);
  });

  it('reads nothing if the directory cannot be created', async () => {
    const source = Readable.from([Buffer.alloc(1024)]);
    await expect(unpackTar(source, temp.path('no/such'))).rejects.toMatchObject({ systemCode: 'ENOENT' });
    expect(source.destroyed).toBe(true);
  });
});

describe('unpacking into a directory that exists', () => {
  it('fills an empty directory, and empties it again after a failure', async () => {
    mkdirSync(temp.path('out'), { mode: 0o711 });
    expect(await temp.outcome([file('a', '1'), directory('d/e', { mode: 0o500 }), file('/b', '2')])).toBe(
      'UNSAFE_PATH',
    );
    expect(readdirSync(temp.path('out'))).toEqual([]);
    expect(await temp.outcome([directory('.', { mode: 0o700 }), file('a', '1')])).toEqual({ a: '1' });
    expect(statSync(temp.path('out')).mode & 0o777).toBe(0o711);
  });

  it('refuses a directory that is not empty, and a file', async () => {
    mkdirSync(temp.path('out'));
    writeFileSync(temp.path('out/mine'), 'mine');
    await expect(temp.unpack([file('a', '1')])).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      systemCode: 'ENOTEMPTY',
    });
    expect(await diskTree(temp.path('out'))).toEqual({ mine: 'mine' });
    await expect(unpackTar(Readable.from([]), temp.path('out/mine'))).rejects.toMatchObject({
      systemCode: 'ENOTDIR',
    });
  });

  it('keeps directories, and files that it does not replace, with `merge`', async () => {
    mkdirSync(temp.path('out/d'), { recursive: true });
    writeFileSync(temp.path('out/mine'), 'mine');
    writeFileSync(temp.path('out/d/f'), 'before');
    symlinkSync('mine', temp.path('out/l'));
    const entries = [file('d/f', 'after'), file('l', 'no link'), symlink('s', 'd')];
    expect(await temp.outcome(entries, { merge: true })).toEqual({
      d: '/',
      'd/f': 'after',
      l: 'no link',
      mine: 'mine',
      s: '-> d',
    });
    for (const instead of [
      file('d', ''),
      symlink('d', 'x'),
      file('d', 'x'.repeat(300_000)),
      link('d', 'mine'),
    ]) {
      await expect(temp.unpack([instead], { merge: true })).rejects.toBeInstanceOf(FileSystemError);
    }
    expect(await diskTree(temp.path('out'))).toMatchObject({ d: '/', 'd/f': 'after', mine: 'mine' });
  });
});

describe('entries that Node cannot create', () => {
  it('M10: are skipped and reported', async () => {
    const skipped: SkippedEntry[] = [];
    const totals = await temp.unpack(
      [
        { name: 'dev/null', type: 'character-device' },
        { name: 'disk', type: 'block-device' },
        { name: 'pipe', type: 'fifo' },
        { name: 'what', type: 'other', typeflag: 'Z', body: 'body' },
        file('f', ''),
      ],
      { onSkip: (entry) => void skipped.push(entry) },
    );
    expect(totals).toMatchObject({ skipped: 4, files: 1 });
    expect(skipped).toEqual([
      { path: 'dev/null', type: 'character-device', reason: 'unsupported-type' },
      { path: 'disk', type: 'block-device', reason: 'unsupported-type' },
      { path: 'pipe', type: 'fifo', reason: 'unsupported-type' },
      { path: 'what', type: 'other', reason: 'unsupported-type' },
    ]);
    expect(await diskTree(temp.path('out'))).toEqual({ f: '' });
  });

  it('M11: lose extended attributes, which are counted', async () => {
    const pax = { 'SCHILY.xattr.security.capability': 'cap', 'LIBARCHIVE.xattr.user.x': 'eA==' };
    expect(await temp.unpack([file('a', '', { pax }), file('b', '')])).toMatchObject({
      attributesDropped: 1,
    });
  });
});

describe('owners and modes', () => {
  const entries = [
    file('su', '', { mode: 0o6755, uid: 12, gid: 34 }),
    directory('shared', { mode: 0o3777, uid: 12, gid: 34 }),
  ];
  const modeOf = (path: string): number => statSync(temp.path(path)).mode & 0o7777;

  it('M11: drops set-user and set-group bits by default, and counts the files', async () => {
    expect(await temp.unpack(entries)).toMatchObject({ privilegesDropped: 1 });
    expect([modeOf('out/su'), modeOf('out/shared')]).toEqual([0o755, 0o3777]);
  });

  it('M11: keeps set-user and set-group bits on request', async () => {
    expect(await temp.unpack(entries, { keepPrivileges: true })).toMatchObject({ privilegesDropped: 0 });
    expect(modeOf('out/su')).toBe(0o6755);
  });

  const root = process.geteuid?.() === 0;
  (root ? it : it.skip)('M11: sets owners as root, before the mode, unless keepOwners is false', async () => {
    await temp.unpack([...entries, symlink('s', 'x')], { keepPrivileges: true });
    expect(statSync(temp.path('out/su'))).toMatchObject({ uid: 12, gid: 34 });
    expect(modeOf('out/su')).toBe(0o6755);
    expect(statSync(temp.path('out/shared'))).toMatchObject({ uid: 12, gid: 34 });
    await unpackTar(Readable.from([await layerTar(entries)]), temp.path('own'), { keepOwners: false });
    expect(statSync(temp.path('own/su')).uid).toBe(0);
  });

  it('M12: accepts any time, and refuses owners that no system has', async () => {
    const far = 2 ** 35;
    expect(await temp.outcome([file('a', '', { mtime: far }), file('b', '', { mtime: 1e14 })])).toEqual({
      a: '',
      b: '',
    });
    await expect(
      temp.unpack([file('a', '', { uid: 2 ** 32 })], { keepOwners: true, merge: true }),
    ).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });
});

describe('caps on unpacking', () => {
  it.each([
    ['maxEntries', { maxEntries: 2 }],
    ['maxBytes', { maxBytes: 5 }],
  ])('name the option that raises them: %s', async (option, options) => {
    const error = await temp
      .unpack([file('a', '12'), file('b', '34'), file('c', '56')], options)
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ option });
    expect(existsSync(temp.path('out'))).toBe(false);
  });
});

it('B1: unpacking leaves no files of an archive that is truncated at any place', async () => {
  const tar = await layerTar([directory('d'), file('d/a', 'x'.repeat(700)), file('b', 'y'.repeat(300_000))]);
  for (const end of [100, 600, 1100, 1500, 2600, 100_000, 302_000]) {
    await expect(unpackTar(Readable.from([tar.subarray(0, end)]), temp.path('out'))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
    expect(readdirSync(temp.path())).toEqual([]);
  }
});

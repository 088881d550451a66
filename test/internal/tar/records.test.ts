import { describe, expect, it } from '@jest/globals';

import { ArchiveInvalidError } from '../../../src/errors/invalid/archive.js';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { listIndex, listStream } from '../../support/archives/list-tar.js';
import { paxEntry, rawEntry, rawHeader, TRAILER } from '../../support/archives/raw-tar.js';

const file = rawEntry({ name: 'file' }, 'content');
const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

describe.each([
  ['reading a stream', listStream],
  ['indexing a file', listIndex],
])('%s', (_, list) => {
  it('S5, B9: applies only the owners and times of a global header, and no long values', async () => {
    const records = Array.from({ length: 257 }, (__, index): [string, string] => [`k${index}`, 'v']);
    const [entry] = await list(join(paxEntry([...records, ['gname', 'all']], 'g'), file));
    expect(entry).toMatchObject({ groupName: 'all', pax: { gname: 'all' } });
    expect(Object.keys(entry?.pax ?? {})).toEqual(['gname']);
    const long = join(paxEntry([['uname', 'u'.repeat(513)]], 'g'), file);
    await expect(list(long)).rejects.toThrow(ArchiveInvalidError);
  });

  it('B7: reads the long names of PAX and GNU, and prefers GNU', async () => {
    const long = 'd/'.repeat(200);
    const gnu = (typeflag: string, text: string): Buffer =>
      rawEntry({ name: '././@LongLink', typeflag }, `${text}\0`);
    const tar = join(
      paxEntry([
        ['path', `${long}pax`],
        ['linkpath', `${long}to`],
      ]),
      rawEntry({ name: 'short', typeflag: '2', linkName: 'short' }),
      gnu('K', `${long}target`),
      gnu('L', `${long}gnu`),
      rawEntry({ name: 'short', typeflag: '1' }),
      gnu('L', `${long}both`),
      paxEntry([['path', 'pax']]),
      file,
      file,
      TRAILER,
    );
    expect((await list(tar)).map(({ name, linkName }) => [name, linkName])).toEqual([
      [`${long}pax`, `${long}to`],
      [`${long}gnu`, `${long}target`],
      [`${long}both`, ''],
      ['file', ''],
    ]);
  });

  it('B7: never applies records to later extended headers', async () => {
    // A size that were obeyed for the long name would move everything behind it.
    const tar = join(
      paxEntry([
        ['size', '600'],
        ['path', 'pax'],
      ]),
      rawEntry({ name: '././@LongLink', typeflag: 'L' }, 'gnu\0'),
      rawHeader({ name: 'short', size: 1 }),
      Buffer.alloc(1024, 'x'),
      file,
      TRAILER,
    );
    expect((await list(tar)).map(({ name, size }) => [name, size])).toEqual([
      ['gnu', 600],
      ['file', 7],
    ]);
  });

  it('B7: applies global records to all entries until they are removed', async () => {
    const tar = join(
      paxEntry(
        [
          ['comment', 'abc'],
          ['uname', 'all'],
          ['mtime', '5.5'],
        ],
        'g',
      ),
      file,
      paxEntry([
        ['uname', 'one'],
        ['comment', ''],
      ]),
      file,
      paxEntry([['uid', '7']], 'g'),
      file,
      TRAILER,
    );
    const entries = await list(tar);
    expect(entries.map(({ userName, uid, mtime, pax }) => [userName, uid, mtime, pax.comment])).toEqual([
      ['all', 0, 5.5, undefined],
      ['one', 0, 5.5, ''],
      ['all', 7, 5.5, undefined],
    ]);
  });

  it('S6: keeps an extended attribute with an empty value, and removes fields with an empty value', async () => {
    const [entry] = await list(
      join(
        paxEntry([
          ['SCHILY.xattr.user.empty', ''],
          ['LIBARCHIVE.xattr.user.empty', ''],
          ['uname', ''],
          ['atime', ''],
        ]),
        file,
        TRAILER,
      ),
    );
    expect(entry?.pax).toEqual({ 'SCHILY.xattr.user.empty': '', 'LIBARCHIVE.xattr.user.empty': '' });
  });

  it.each(['path', 'linkpath', 'size'])(
    'B7: refuses a global %s, about which readers disagree',
    async (key) => {
      await expect(list(join(paxEntry([[key, '1']], 'g'), file, TRAILER))).rejects.toThrow(
        ArchiveInvalidError,
      );
    },
  );

  it('B9: caps an extended header by its bytes', async () => {
    const option = { code: 'LIMIT_EXCEEDED', option: undefined };
    for (const typeflag of ['x', 'g', 'L', 'K']) {
      const huge = rawHeader({ typeflag, size: 8 * 1024 ** 3 - 1 });
      // Refused before it is found to be missing.
      await expect(list(huge)).rejects.toMatchObject({ ...option, limit: 1024 * 1024 });
    }
    await expect(
      list(join(paxEntry([['path', 'x'.repeat(300)]]), file), { maxHeaderBytes: 200 }),
    ).rejects.toMatchObject(option);
    const fits = join(paxEntry([['path', 'x'.repeat(1_000_000)]]), file);
    expect((await list(fits))[0]?.name.length).toBe(1_000_000);
  });

  it('B9: caps the number of records', async () => {
    const records = Array.from({ length: 10_001 }, (__, index): [string, string] => [`k${index}`, 'v']);
    await expect(list(join(paxEntry(records), file))).rejects.toThrow(LimitExceededError);
    expect(Object.keys((await list(join(paxEntry(records.slice(1)), file)))[0]?.pax ?? {}).length).toBe(
      10_000,
    );
  });

  it('B9: keeps records with any key as data', async () => {
    const tar = join(
      paxEntry([
        ['__proto__', 'data'],
        ['constructor', 'too'],
        ['a.b', 'c=d\ne'],
      ]),
      file,
    );
    const pax = (await list(tar))[0]?.pax ?? {};
    expect(Object.getPrototypeOf(pax)).toBeNull();
    expect(Object.entries(pax)).toEqual([
      ['__proto__', 'data'],
      ['constructor', 'too'],
      ['a.b', 'c=d\ne'],
    ]);
  });

  it.each([
    ['no space', '10path=abc\n'],
    ['no length', ' path=abc\n'],
    ['a length that is too short', '3 a=b\n'],
    ['a length that is too long', '99 a=b\n'],
    ['no newline', '6 a=bc'],
    ['no equals sign', '6 abcd\n'.slice(0, 7)],
    ['no key', '5 =a\n'],
    ['a sign', '+6 a=b\n'],
    ['a zero byte in a path', '11 path=a\0b\n'.replace('11', '12')],
    ['an invalid number', '11 uid=0x7\n'],
    ['an invalid time', '13 mtime=1e9\n'],
  ])('refuses a record with %s', async (__, content) => {
    await expect(list(join(rawEntry({ typeflag: 'x' }, content), file))).rejects.toThrow(ArchiveInvalidError);
  });

  it('M12: reads times with a fraction, and large numbers', async () => {
    const tar = join(
      paxEntry([
        ['mtime', '1700000000.123456789'],
        ['uid', '4294967295'],
      ]),
      file,
      paxEntry([['mtime', '-1.5']]),
      file,
    );
    const entries = await list(tar);
    expect(entries.map(({ mtime, uid }) => [mtime, uid])).toEqual([
      [1700000000.1234567, 4294967295],
      [-1.5, 0],
    ]);
    expect(entries[0]?.pax.mtime).toBe('1700000000.123456789');
  });
});

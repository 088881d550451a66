import { describe, expect, it } from '@jest/globals';

import { ArchiveInvalidError } from '../../../src/errors/invalid/archive.js';
import { encodeText } from '../../../src/internal/tar/format/text.js';
import { listIndex, listStream } from '../../support/archives/list-tar.js';
import { paxEntry, paxRecord, rawEntry, rawHeader, TRAILER } from '../../support/archives/raw-tar.js';

const file = rawEntry({ name: 'file' }, 'content');
const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

/** A number in GNU's binary form. */
function base256(length: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(length);
  let rest = BigInt.asUintN(length * 8, value);
  for (let index = length - 1; index >= 0; index -= 1, rest >>= 8n) bytes[index] = Number(rest & 0xffn);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes;
}

describe.each([
  ['reading a stream', listStream],
  ['indexing a file', listIndex],
])('%s', (_, list) => {
  const names = async (tar: Buffer): Promise<string[]> => (await list(tar)).map(({ name }) => name);

  describe('B1: a truncated archive', () => {
    const tar = join(rawEntry({ name: 'a' }, 'x'.repeat(600)), file);

    it('is an error inside a header or a body', async () => {
      for (const length of [1, 511, 513, 1000, 1111, 1537, 2047, 2049, 2054]) {
        await expect(list(tar.subarray(0, length))).rejects.toThrow(ArchiveInvalidError);
      }
    });

    it('is complete without a trailer, with half of one, and without the last padding', async () => {
      for (const tail of [Buffer.alloc(0), Buffer.alloc(512), TRAILER, Buffer.alloc(10_240)]) {
        expect(await names(join(tar, tail))).toEqual(['a', 'file']);
      }
      expect(await names(tar.subarray(0, -505))).toEqual(['a', 'file']);
      expect(await names(Buffer.alloc(0))).toEqual([]);
      expect(await names(TRAILER)).toEqual([]);
    });

    it('is an error after an extended header', async () => {
      const extended = paxEntry([['path', 'long']]);
      await expect(list(join(file, extended))).rejects.toThrow(/after an extended header/);
      await expect(list(join(file, extended, TRAILER))).rejects.toThrow(ArchiveInvalidError);
      await expect(list(extended.subarray(0, 520))).rejects.toThrow(ArchiveInvalidError);
    });

    it('is an error if entries follow a single block of zeros', async () => {
      await expect(list(join(file, Buffer.alloc(512), file))).rejects.toThrow(ArchiveInvalidError);
      expect(await names(join(file, TRAILER, file))).toEqual(['file']);
    });
  });

  it('B4: returns names unchanged, whatever they look like', async () => {
    const hostile = ['../x', '/x', 'C:\\x', '', '.', '__proto__'];
    expect(await names(join(...hostile.map((name) => rawEntry({ name })), TRAILER))).toEqual(hostile);
  });

  it('B8: takes the size from the records, for reading and for skipping a body', async () => {
    const tar = join(
      paxEntry([['size', '600']]),
      rawHeader({ name: 'a', size: 1 }),
      Buffer.alloc(1024, 'x'),
      file,
      TRAILER,
    );
    expect((await list(tar)).map(({ name, size, body }) => [name, size, body.length])).toEqual([
      ['a', 600, 600],
      ['file', 7, 7],
    ]);
  });

  it('B8: reads binary numbers, and refuses sizes that are negative or beyond what is exact', async () => {
    const sized = (value: bigint): Buffer =>
      join(rawHeader({ name: 'a', size: base256(12, value) }), Buffer.alloc(512, 'x'));
    expect((await list(join(sized(512n), TRAILER)))[0]?.size).toBe(512);
    for (const value of [-1n, -512n, -(2n ** 80n), 2n ** 63n, 2n ** 53n, 2n ** 90n]) {
      await expect(list(join(sized(value), file, TRAILER))).rejects.toThrow(ArchiveInvalidError);
    }
    for (const size of ['-512', '9223372036854775808', '1e3', '0x10', ' 5', '']) {
      const tar = join(paxEntry([['size', size]]), file, TRAILER);
      if (size === '') expect(await names(tar)).toEqual(['file']);
      else await expect(list(tar)).rejects.toThrow(ArchiveInvalidError);
    }
    const old = rawHeader({ name: 'a', mtime: base256(12, -86_400n) });
    expect((await list(join(old, TRAILER)))[0]?.mtime).toBe(-86_400);
    await expect(list(join(rawHeader({ typeflag: 'x', size: base256(12, -512n) }), TRAILER))).rejects.toThrow(
      /negative/,
    );
  });

  it('B8: reads octal numbers with any padding, and refuses other characters', async () => {
    const sizes = [
      '7           ',
      '      7 \0\0\0\0',
      '00000000007\0',
      '000000000007',
      '\0\0\x20\x20 7\0\0\0\0\0\0',
      '7\0garbage!!!',
    ];
    for (const size of sizes) {
      const tar = join(rawHeader({ name: 'file', size }), Buffer.from('content'.padEnd(512, '\0')), TRAILER);
      expect((await list(tar)).map(({ body }) => body)).toEqual(['content']);
    }
    for (const size of ['00000000008\0', '-7\0', '7x\0', '7 7\0']) {
      await expect(list(join(rawHeader({ size }), TRAILER))).rejects.toThrow(/invalid size/);
    }
  });

  it('B11: refuses a wrong checksum and accepts one over signed characters', async () => {
    const name = 'caf\u00e9';
    expect(await names(join(rawEntry({ name, checksum: 'signed' }), TRAILER))).toEqual([name]);
    await expect(list(join(rawEntry({ name, checksum: 'wrong' }), TRAILER))).rejects.toThrow(/checksum/);
    await expect(list(Buffer.alloc(2048, 'not a tar'))).rejects.toThrow(ArchiveInvalidError);
  });

  it('B12: lists every entry of a name, in their order', async () => {
    const tar = join(
      rawEntry({ name: 'a' }, '1'),
      rawEntry({ name: 'b' }, '2'),
      rawEntry({ name: 'a' }, '3'),
      TRAILER,
    );
    expect((await list(tar)).map(({ name, body }) => name + body)).toEqual(['a1', 'b2', 'a3']);
  });

  it('B13: keeps the bytes of names and values that are not UTF-8', async () => {
    const bytes = Buffer.from([0x61, 0xe9, 0x62, 0xff, 0xc3, 0xa9, 0xed, 0xb2, 0x80]);
    const capability = Buffer.from('0100000200200000000000000000000000000000ff', 'hex');
    const tar = join(
      rawEntry({ name: bytes, linkName: bytes, typeflag: '2' }),
      rawEntry(
        { name: 'x', typeflag: 'x' },
        join(paxRecord('path', bytes), paxRecord('SCHILY.xattr.security.capability', capability)),
      ),
      file,
      TRAILER,
    );
    const [first, second] = await list(tar);
    expect(encodeText(first?.name ?? '')).toEqual(bytes);
    expect(encodeText(first?.linkName ?? '')).toEqual(bytes);
    expect(encodeText(second?.name ?? '')).toEqual(bytes);
    expect(encodeText(second?.pax['SCHILY.xattr.security.capability'] ?? '')).toEqual(capability);
  });

  it('B14: reads names of 64 KiB, and caps the number of entries', async () => {
    const long = 'n'.repeat(64 * 1024);
    expect(await names(join(paxEntry([['path', long]]), file))).toEqual([long]);
    const many = join(...Array.from({ length: 5 }, () => file));
    expect((await list(many, { maxEntries: 5 })).length).toBe(5);
    await expect(list(many, { maxEntries: 4 })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      option: 'maxEntries',
    });
  });

  it('M10: distinguishes all kinds of entries, and knows which have a body', async () => {
    const kinds = ['\0', '0', '1', '2', '3', '4', '5', '6', '7', 'V'];
    // Those without a body are followed directly by the next header, whatever size they state.
    const parts = kinds.map((typeflag) =>
      '123456'.includes(typeflag)
        ? rawHeader({ name: 'n', typeflag, size: 9 })
        : rawEntry({ name: 'n', typeflag }, 'x'),
    );
    const entries = await list(
      join(...parts, rawHeader({ name: 'old/', typeflag: '\0', magic: '' }), file, TRAILER),
    );
    expect(entries.map(({ type, size }) => `${type} ${size}`)).toEqual([
      'file 1',
      'file 1',
      'link 0',
      'symlink 0',
      'character-device 0',
      'block-device 0',
      'directory 0',
      'fifo 0',
      'file 1',
      'other 1',
      'directory 0',
      'file 7',
    ]);
  });

  it('reads the prefix field in ustar, and not in v7 and GNU', async () => {
    const fields = { name: 'name', prefix: 'prefix' };
    const gnu = { ...fields, magic: 'ustar  \0', prefix: '00000000000\0' };
    const tar = join(rawEntry(fields), rawEntry({ ...fields, magic: '' }), rawEntry(gnu), TRAILER);
    expect(await names(tar)).toEqual(['prefix/name', 'name', 'name']);
  });
});

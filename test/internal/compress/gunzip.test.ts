import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { ArchiveInvalidError } from '../../../src/errors/invalid/archive.js';
import { budget } from '../../../src/internal/streams/budget.js';
import { gunzipped } from '../../../src/internal/compress/gunzip.js';
import { chunked } from '../../support/archives/chunked.js';
import { noise } from '../../support/tools/noise.js';
import { readAll } from '../../support/tools/read-all.js';

const unpack = (bytes: Uint8Array, sizes?: readonly number[]): Promise<Buffer> =>
  readAll(gunzipped(chunked(bytes, sizes), budget()));

/** What came out before the failure. */
async function untilFailure(bytes: Uint8Array): Promise<{ readonly data: Buffer; readonly error: unknown }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of gunzipped(chunked(bytes), budget())) chunks.push(chunk as Buffer);
    return { data: Buffer.concat(chunks), error: undefined };
  } catch (error) {
    return { data: Buffer.concat(chunks), error };
  }
}

describe('gunzipped', () => {
  it('B16: joins members, whatever the chunks of the input', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 2000 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
        fc.nat({ max: 20 }),
        async (parts, sizes, zeros) => {
          const packed = Buffer.concat([...parts.map((part) => gzipSync(part)), Buffer.alloc(zeros)]);
          expect((await unpack(packed, sizes)).equals(Buffer.concat(parts))).toBe(true);
        },
      ),
    );
  });

  it('B16: treats zero bytes after the last member as padding', async () => {
    const packed = Buffer.concat([gzipSync('data'), Buffer.alloc(100_000)]);
    expect((await unpack(packed)).toString()).toBe('data');
  });

  it.each([
    ['short', Buffer.from('!')],
    ['long', Buffer.from('garbage '.repeat(100))],
    ['gzip-like', Buffer.from([0x1f, 0x8b, 8, 0xff, 1, 2, 3, 4, 5, 6, 7])],
    ['behind zeros', Buffer.concat([Buffer.alloc(600), Buffer.from('x')])],
  ])('B16: fails on garbage behind the end (%s), after the data', async (_, garbage) => {
    const { data, error } = await untilFailure(Buffer.concat([gzipSync('all of the data'), garbage]));
    expect(error).toBeInstanceOf(ArchiveInvalidError);
    expect(data.toString()).toBe('all of the data');
  });

  it('B16: fails wherever the data is truncated', async () => {
    const packed = gzipSync(noise(5000), { level: 9 });
    for (let length = 1; length < packed.byteLength; length += length < 40 ? 1 : 97) {
      await expect(unpack(packed.subarray(0, length))).rejects.toThrow(ArchiveInvalidError);
    }
    await expect(unpack(packed.subarray(0, -1))).rejects.toThrow(ArchiveInvalidError);
  });

  it('fails on any flipped bit of the data or its checksums, or yields the data', async () => {
    const bytes = noise(3000);
    const packed = gzipSync(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: packed.byteLength * 8 - 1 }), async (bit) => {
        const changed = Buffer.from(packed);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const result = await unpack(changed).catch((error: unknown) => error);
        if (result instanceof Buffer) expect(result.equals(bytes)).toBe(true);
        else expect(result).toBeInstanceOf(ArchiveInvalidError);
      }),
      { numRuns: 300 },
    );
  });

  it('skips names, comments and extra fields', async () => {
    const plain = gzipSync('data');
    const header = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 0, 3]);
    const fields = Buffer.concat([Buffer.from([3, 0, 9, 9, 9]), Buffer.from('name\0comment\0')]);
    const sum = Buffer.alloc(2);
    sum.writeUInt16LE(crc32(Buffer.concat([header, fields])) & 0xffff);
    const packed = Buffer.concat([header, fields, sum, plain.subarray(10)]);
    expect((await unpack(packed, [1])).toString()).toBe('data');
    expect((await unpack(Buffer.concat([packed, packed]), [1])).toString()).toBe('datadata');
    const endless = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
      Buffer.alloc(200_000, 'n'),
    ]);
    await expect(unpack(endless)).rejects.toThrow(/too long/);
    const unknown = Buffer.from([0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0]);
    await expect(unpack(unknown)).rejects.toThrow(/compression method/);
  });

  it('S9: checks the checksum of a header, of any member', async () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3]);
    const wrong = Buffer.concat([header, Buffer.from([7, 7]), gzipSync('data').subarray(10)]);
    await expect(unpack(wrong)).rejects.toThrow(/checksum mismatch in a header/);
    await expect(unpack(Buffer.concat([gzipSync('first'), wrong]))).rejects.toThrow(/mismatch in a header/);
  });

  it('reads large members after the first', async () => {
    const bytes = noise(1_000_000);
    const packed = Buffer.concat([
      gzipSync('a'),
      gzipSync(bytes),
      gzipSync('b'),
      gzipSync(Buffer.alloc(1_000_000)),
    ]);
    const whole = Buffer.concat([Buffer.from('a'), bytes, Buffer.from('b'), Buffer.alloc(1_000_000)]);
    expect((await unpack(packed)).equals(whole)).toBe(true);
    expect((await unpack(packed, [1000])).equals(whole)).toBe(true);
  });

  it('reads many tiny members', async () => {
    const member = gzipSync('x');
    const packed = Buffer.concat(Array.from({ length: 3000 }, () => member));
    expect((await unpack(packed)).toString()).toBe('x'.repeat(3000));
  });

  it('reads blocks that were flushed and an empty member', async () => {
    const raw = deflateRawSync(Buffer.from('data'), { finishFlush: constants.Z_SYNC_FLUSH });
    expect(raw.byteLength).toBeGreaterThan(4);
    expect((await unpack(gzipSync(''))).byteLength).toBe(0);
    expect((await unpack(Buffer.concat([gzipSync(''), gzipSync('a'), gzipSync('')]))).toString()).toBe('a');
  });
});

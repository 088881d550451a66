import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { ArchiveInvalidError } from '../../../src/errors/invalid/archive.js';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { UnsupportedError } from '../../../src/errors/unsupported.js';
import { budget } from '../../../src/internal/streams/budget.js';
import { canWriteZstd, unzstdPortable, zstd } from '../../../src/internal/compress/zstd.js';
import { chunked, stalled } from '../../support/archives/chunked.js';
import { noise } from '../../support/tools/noise.js';
import { readAll } from '../../support/tools/read-all.js';

/** `hi`, as `zstd` writes it: with a checksum and without a content size. */
const HI = Buffer.from('28b52ffd04581100006869fa3826ea', 'hex');
/** Three bytes that decoders skip. */
const SKIPPED = Buffer.from('502a4d1803000000616263', 'hex');

/** A frame of stored blocks: made here, so that the tests need no encoder. */
function storedFrame(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [Buffer.from('28b52ffd0048', 'hex')];
  for (let start = 0; start === 0 || start < bytes.byteLength; start += 128 * 1024) {
    const block = bytes.subarray(start, start + 128 * 1024);
    const header = Buffer.alloc(3);
    header.writeUIntLE(
      (block.byteLength << 3) | (start + block.byteLength >= bytes.byteLength ? 1 : 0),
      0,
      3,
    );
    pieces.push(header, block);
  }
  return Buffer.concat(pieces);
}

/** A frame of blocks that repeat one byte, each 128 KiB long. */
function repeatedFrame(blocks: number): Buffer {
  const header = (last: boolean): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUIntLE(((128 * 1024) << 3) | (1 << 1) | (last ? 1 : 0), 0, 3);
    return bytes;
  };
  const body = Array.from({ length: blocks }, (_, index) => header(index === blocks - 1));
  return Buffer.concat([Buffer.from('28b52ffd0048', 'hex'), ...body]);
}

describe.each([
  ['the decoder of the runtime', (...given: Parameters<typeof unzstdPortable>) => zstd.decompress(...given)],
  ['the portable decoder', unzstdPortable],
])('%s', (_, decompress) => {
  const unpack = (bytes: Uint8Array, sizes?: readonly number[]): Promise<Buffer> =>
    readAll(decompress(chunked(bytes, sizes), budget()));

  it('reads frames one after the other, skipping what is to be skipped, however the input is cut', async () => {
    const bytes = Buffer.concat([SKIPPED, HI, SKIPPED, HI, storedFrame(Buffer.from('stored')), SKIPPED]);
    for (const sizes of [[1], [2, 3], [7], [1000]]) {
      expect((await unpack(bytes, sizes)).toString()).toBe('hihistored');
    }
  });

  it('reads what spans many blocks', async () => {
    const bytes = noise(700_000);
    expect((await unpack(storedFrame(bytes))).equals(bytes)).toBe(true);
    expect((await unpack(repeatedFrame(5))).byteLength).toBe(5 * 128 * 1024);
    expect((await unpack(storedFrame(Buffer.alloc(0)))).byteLength).toBe(0);
  });

  it('B16: fails wherever the data is truncated', async () => {
    for (let length = 1; length < HI.byteLength; length += 1) {
      await expect(unpack(HI.subarray(0, length))).rejects.toThrow(ArchiveInvalidError);
    }
    await expect(unpack(Buffer.concat([HI, SKIPPED.subarray(0, -1)]))).rejects.toThrow(ArchiveInvalidError);
  });

  it('B16: fails on garbage after the end', async () => {
    await expect(unpack(Buffer.concat([HI, Buffer.from('garbage')]))).rejects.toThrow(/other data follows/);
    await expect(unpack(Buffer.concat([HI, Buffer.alloc(20)]))).rejects.toThrow(/other data follows/);
  });

  it('L24: stops a bomb', async () => {
    const bomb = decompress(chunked(repeatedFrame(300)), budget({ maxRatio: 1000 }));
    const error = await readAll(bomb).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LimitExceededError);
  });

  it('refuses windows and dictionaries that it cannot have, before it makes room for them', async () => {
    // Descriptors of a window of 2 GiB, and of one segment of 1 TiB.
    await expect(unpack(Buffer.from('28b52ffd00a8010000', 'hex'))).rejects.toThrow(UnsupportedError);
    await expect(unpack(Buffer.from('28b52ffde00000000000010000010000', 'hex'))).rejects.toThrow(
      UnsupportedError,
    );
    await expect(unpack(Buffer.from('28b52ffd014807010000', 'hex'))).rejects.toThrow(/dictionary/);
  });

  it('never crashes on damaged frames', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = Buffer.concat([HI, HI]);
          for (const [at, value] of changes) bytes[at % bytes.byteLength] = value;
          const result = await unpack(bytes).catch((error: unknown) => error);
          if (result instanceof Error)
            expect(result).toHaveProperty('code', expect.stringMatching(/^(ARCHIVE_INVALID|UNSUPPORTED)$/));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('destroys its source', () => {
    const source = stalled(HI.subarray(0, 5));
    decompress(source, budget()).destroy();
    expect(source.destroyed).toBe(true);
  });
});

describe('zstd.compress', () => {
  it('compresses if the runtime can, and fails with a hint otherwise', async () => {
    const bytes = noise(300_000);
    if (!canWriteZstd()) {
      expect(() => zstd.compress(chunked(bytes))).toThrow(UnsupportedError);
      return;
    }
    const packed = await readAll(zstd.compress(chunked(bytes), 3));
    expect((await readAll(unzstdPortable(chunked(packed), budget()))).equals(bytes)).toBe(true);
    expect((await readAll(zstd.compress(chunked(bytes, [999]), 3))).equals(packed)).toBe(true);
    expect(() => zstd.compress(chunked(bytes), 23)).toThrow(TypeError);
  });
});

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import {
  compressed,
  compressionOf,
  decompressed,
  sniff,
} from '../../../src/internal/compress/compression.js';
import { chunked, failing, stalled } from '../../support/archives/chunked.js';
import { noise } from '../../support/tools/noise.js';
import { eventually } from '../../support/tools/open-handles.js';
import { readAll } from '../../support/tools/read-all.js';

import { zstdOfZeros } from '../../support/archives/zstd-of.js';

const MIB = 1024 * 1024;

describe('sniff', () => {
  it.each([
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
    ['zstd', Buffer.from([0x5a, 0x2a, 0x4d, 0x18])],
    ['none', Buffer.from([0x1f])],
    ['none', Buffer.from('tar?')],
    ['none', Buffer.alloc(0)],
  ] as const)('L23: recognizes %s by its first bytes', (compression, head) => {
    expect(compressionOf(head)).toBe(compression);
  });

  it('returns the stream with all its bytes, however short it is and whatever its chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        async (bytes, sizes) => {
          const { compression, stream } = await sniff(chunked(bytes, sizes));
          expect(compression).toBe(compressionOf(bytes));
          // A caller need not start reading at once.
          await new Promise(setImmediate);
          expect((await readAll(stream)).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  it('fails with the error of its source, and destroys it when aborted', async () => {
    await expect(sniff(failing(Buffer.from('x'), new Error('broke')))).rejects.toThrow('broke');
    await expect(sniff(stalled().destroy())).rejects.toThrow(/closed/);
    const controller = new AbortController();
    const source = stalled();
    const waiting = sniff(source, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(source.destroyed).toBe(true);
  });
});

describe('decompressed', () => {
  it('returns the plain bytes of gzip and of uncompressed data', async () => {
    const bytes = noise(3 * MIB);
    expect((await readAll(await decompressed(chunked(gzipSync(bytes))))).equals(bytes)).toBe(true);
    expect((await readAll(await decompressed(chunked(bytes)))).equals(bytes)).toBe(true);
    expect((await readAll(await decompressed(chunked(Buffer.alloc(0))))).byteLength).toBe(0);
  });

  it('L24: stops a bomb by its ratio once it has enough output, and names the option', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    let seen = 0;
    const read = async (): Promise<void> => {
      const stream = await decompressed(chunked(bomb), { maxRatio: 100 });
      for await (const chunk of stream) seen += (chunk as Buffer).byteLength;
    };
    const error = await read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ option: 'maxRatio', limit: 100 });
    expect(seen).toBeLessThanOrEqual(17 * MIB);
  });

  it.each([1, 6, 9])('S4: takes zeros as well as gzip can pack them, at level %d', async (level) => {
    const zeros = Buffer.alloc(64 * MIB);
    const packed = gzipSync(zeros, { level });
    expect((await readAll(await decompressed(chunked(packed)))).equals(zeros)).toBe(true);
    await expect(readAll(await decompressed(chunked(packed), { maxBytes: MIB }))).rejects.toMatchObject({
      option: 'maxBytes',
    });
  });

  it('S4: accepts zeros at the best ratio of zstd', async () => {
    const packed = zstdOfZeros(64 * MIB);
    expect((64 * MIB) / packed.byteLength).toBeGreaterThan(32_000);
    expect((await readAll(await decompressed(chunked(packed)))).equals(Buffer.alloc(64 * MIB))).toBe(true);
    await expect(readAll(await decompressed(chunked(packed), { maxRatio: 1000 }))).rejects.toMatchObject({
      option: 'maxRatio',
    });
    await expect(readAll(await decompressed(chunked(packed), { maxBytes: MIB }))).rejects.toMatchObject({
      option: 'maxBytes',
    });
  });

  it('L24: lets small inputs have any ratio', async () => {
    const small = gzipSync(Buffer.alloc(8 * MIB));
    expect((await readAll(await decompressed(chunked(small), { maxRatio: 2 }))).byteLength).toBe(8 * MIB);
  });

  it('L24: stops at an absolute size', async () => {
    const source = chunked(gzipSync(noise(4 * MIB)), [1024]);
    const error = await readAll(await decompressed(source, { maxBytes: MIB })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', option: 'maxBytes', limit: MIB });
    expect(source.destroyed).toBe(true);
  });

  it('L24: stops a bomb made of many members', async () => {
    const member = gzipSync(Buffer.alloc(MIB));
    const bomb = Buffer.concat(Array.from({ length: 40 }, () => member));
    await expect(readAll(await decompressed(chunked(bomb), { maxRatio: 500 }))).rejects.toThrow(
      LimitExceededError,
    );
  });

  it('destroys its source when it is destroyed or aborted', async () => {
    const head = gzipSync(noise(MIB)).subarray(0, 1000);
    const left = stalled(head);
    (await decompressed(left)).destroy();
    expect(await eventually(() => left.destroyed)).toBe(true);

    const controller = new AbortController();
    const aborted = stalled(head);
    const stream = await decompressed(aborted, { signal: controller.signal });
    const reading = readAll(stream);
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect(await eventually(() => aborted.destroyed)).toBe(true);
  });

  it('fails with the error of its source', async () => {
    const broken = failing(gzipSync(noise(MIB)).subarray(0, 1000), new Error('broke'));
    await expect(readAll(await decompressed(broken))).rejects.toThrow('broke');
  });
});

describe('compressed', () => {
  it('compresses so that `decompressed` returns the same bytes, and leaves plain bytes unchanged', async () => {
    const bytes = noise(MIB);
    const packed = await readAll(compressed(chunked(bytes), { compression: 'gzip', level: 6 }));
    expect((await readAll(await decompressed(chunked(packed)))).equals(bytes)).toBe(true);
    const plain = chunked(bytes);
    expect(compressed(plain, { compression: 'none' })).toBe(plain);
    plain.destroy();
  });

  it('refuses a level that the format does not have, and destroys the source', () => {
    const source = stalled();
    expect(() => compressed(source, { compression: 'gzip', level: 10 })).toThrow(TypeError);
    expect(source.destroyed).toBe(true);
  });
});

import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { gzipped } from '../../../src/internal/compress/gzip-blocks.js';
import { chunked, failing, stalled } from '../../support/archives/chunked.js';
import { noise } from '../../support/tools/noise.js';
import { eventually } from '../../support/tools/open-handles.js';
import { readAll } from '../../support/tools/read-all.js';

const BLOCK = 256 * 1024;

describe('gzipped', () => {
  it.each([0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 7])(
    'packs %i bytes into one member',
    async (size) => {
      const bytes = noise(size);
      const packed = await readAll(gzipped(chunked(bytes)));
      expect(gunzipSync(packed).equals(bytes)).toBe(true);
      // One header, without a time; the bytes for level 1 and an unknown system are Go's.
      expect(packed.subarray(0, 10)).toEqual(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]));
      expect(packed.readUInt32LE(packed.byteLength - 4)).toBe(size);
    },
  );

  it('returns the same bytes for any number of threads and any chunks of the input', async () => {
    const bytes = noise(5 * BLOCK + 1234);
    const first = await readAll(gzipped(chunked(bytes), { parallel: 1 }));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.integer({ min: 1000, max: 2 * BLOCK }), { minLength: 1, maxLength: 4 }),
        async (parallel, sizes) => {
          expect((await readAll(gzipped(chunked(bytes, sizes), { parallel }))).equals(first)).toBe(true);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('inflates to its input at every level', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 0, max: 9 }),
        async (bytes, level) => {
          expect(gunzipSync(await readAll(gzipped(chunked(bytes, [777]), { level }))).equals(bytes)).toBe(
            true,
          );
        },
      ),
    );
  });

  it('refers back across blocks', async () => {
    // Random to zlib within a block, but each block is the one before.
    const window = noise(30 * 1024, 7).map((byte, index) => byte ^ ((index * 2654435761) >>> 24));
    const bytes = Buffer.concat([Buffer.alloc(BLOCK - window.byteLength), window, window]);
    const packed = await readAll(gzipped(chunked(bytes)));
    const alone = await readAll(gzipped(chunked(window)));
    expect(packed.byteLength).toBeLessThan(alone.byteLength * 1.5);
  });

  it('takes no more input than its threads can process while nobody reads', async () => {
    let taken = 0;
    const source = chunked(Buffer.alloc(64 * BLOCK, 'incompressible?'), [BLOCK]);
    source.on('data', (chunk: Buffer) => (taken += chunk.byteLength));
    source.pause();
    const packed = gzipped(source, { level: 0, parallel: 2 });
    await eventually(() => false, 2000);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(6 * BLOCK);
    packed.destroy();
    expect(await eventually(() => source.destroyed)).toBe(true);
  });

  it('fails with the error of its source', async () => {
    await expect(readAll(gzipped(failing(noise(100), new Error('broke'))))).rejects.toThrow('broke');
  });

  it('destroys its source', async () => {
    const source = stalled(noise(BLOCK + 5));
    const packed = gzipped(source);
    await new Promise((resolve) => packed.once('readable', resolve));
    packed.destroy();
    expect(await eventually(() => source.destroyed)).toBe(true);
  });

  it.each([-1, 10, 1.5, Number.NaN])('refuses level %p', (level) => {
    expect(() => gzipped(chunked(Buffer.alloc(0)), { level })).toThrow(TypeError);
  });
});

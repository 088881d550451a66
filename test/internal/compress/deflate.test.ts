import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { BLOCK_SIZE, WINDOW_SIZE } from '../../../src/internal/compress/deflate/block.js';
import { gzipped } from '../../../src/internal/compress/gzip-blocks.js';
import { chunked } from '../../support/archives/chunked.js';
import { noise } from '../../support/tools/noise.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const run = promisify(execFile);

/** The input of one deflate block within a block of ours. */
const INNER = 64 * 1024;

const pack = (bytes: Uint8Array): Promise<Buffer> => readAll(gzipped(chunked(bytes, [bytes.byteLength])));

/** Bytes without a pattern, the same in every run. */
function random(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 20;
  }
  return bytes;
}

interface Piece {
  readonly fresh: Uint8Array;
  /** How far back what follows is found, and how long it is. */
  readonly distance: number;
  readonly length: number;
}

const piece: fc.Arbitrary<Piece> = fc.record({
  fresh: fc.uint8Array({ maxLength: 40 }),
  distance: fc.oneof(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: WINDOW_SIZE + 5 }),
    fc.integer({ min: WINDOW_SIZE - 2, max: WINDOW_SIZE + 2 }),
  ),
  length: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 250, max: 600 })),
});

const patternless = random(BLOCK_SIZE);

/** Bytes after `start` bytes without a pattern, so that matches can reach back as far as they may. */
function built(start: number, pieces: readonly Piece[]): Buffer {
  const room = pieces.reduce((sum, { fresh, length }) => sum + fresh.byteLength + length, start);
  const bytes = Buffer.alloc(room);
  let at = patternless.copy(bytes, 0, 0, start);
  for (const { fresh, distance, length } of pieces) {
    bytes.set(fresh, at);
    at += fresh.byteLength;
    for (let left = length; left > 0; left -= 1, at += 1) bytes[at] = bytes[at - distance] ?? 0;
  }
  return bytes;
}

describe('the deflate of this library', () => {
  const temp = useTempDir();

  it('inflates to its input, for input with any matches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 5, INNER - 300, BLOCK_SIZE - 300),
        fc.array(piece, { maxLength: 30 }),
        async (start, pieces) => {
          const bytes = built(start, pieces);
          expect(gunzipSync(await pack(bytes)).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  const edges = [0, 1, 2, 3, 4, 5, 11, 12, 13, 257, 258, 259, INNER, BLOCK_SIZE, 2 * BLOCK_SIZE];
  it.each([
    ['zeros', (size: number) => Buffer.alloc(size)],
    ['a pattern', (size: number) => Buffer.alloc(size, 'abcdefg')],
    ['noise', noise],
    ['random bytes', random],
  ])('inflates to its input for %s', async (_, make) => {
    for (const edge of edges) {
      for (const size of [edge - 1, edge, edge + 1]) {
        if (size < 0) continue;
        const bytes = make(size);
        expect(gunzipSync(await pack(bytes)).equals(bytes)).toBe(true);
      }
    }
  });

  it('finds a match at a distance of 32 KiB, and none at a greater distance', async () => {
    const seen = random(300, 7);
    const between = (size: number): Buffer => Buffer.concat([seen, random(size - seen.byteLength, 8), seen]);
    const near = await pack(between(WINDOW_SIZE));
    const far = await pack(between(WINDOW_SIZE + 1));
    expect(gunzipSync(near).equals(between(WINDOW_SIZE))).toBe(true);
    expect(gunzipSync(far).equals(between(WINDOW_SIZE + 1))).toBe(true);
    expect(far.byteLength - near.byteLength).toBeGreaterThan(250);
  });

  it('limits the length of its codes if some bytes are far more frequent than others', async () => {
    // Every other byte is one of seventeen, each half as frequent as the one before: codes of as many bits.
    const bytes = random(4 * INNER, 3);
    const choice = random(4 * INNER, 4);
    for (let at = 0; at < bytes.byteLength; at += 2) {
      const bits = choice.readUInt8(at) | ((choice[at + 1] ?? 0) << 8) | 0x10000;
      bytes[at] = 100 + (31 - Math.clz32(bits & -bits));
      bytes[at + 1] = bytes.readUInt8(at + 1) % 100;
    }
    const packed = await pack(bytes);
    expect(gunzipSync(packed).equals(bytes)).toBe(true);
    expect(packed.byteLength).toBeLessThan(bytes.byteLength * 0.7);
  });

  it('adds almost no bytes to data that cannot be compressed', async () => {
    const bytes = random(3 * BLOCK_SIZE + 100);
    expect((await pack(bytes)).byteLength).toBeLessThan(bytes.byteLength * 1.0003);
    expect((await pack(Buffer.alloc(BLOCK_SIZE))).byteLength).toBeLessThan(1000);
    expect((await pack(Buffer.alloc(0))).byteLength).toBe(20);
  });

  it('gives the same bytes on every machine and version of Node', async () => {
    // Change this only with the encoder: everybody gets new digests for the same layers.
    const bytes = Buffer.concat([noise(3 * BLOCK_SIZE), random(100_000), Buffer.alloc(70_000)]);
    const digest = createHash('sha256').update(await pack(bytes));
    expect(digest.digest('hex')).toBe('b267224b475c14daa7a6a37d8b91059a8c1ff48efc3596a7ebcdb305be6892b8');
  });

  it.each([
    ['gzip', ['-dc']],
    ['python3', ['-c', 'import gzip,sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())']],
  ])('can be decompressed by %s', async (program, args) => {
    const bytes = Buffer.concat([noise(3 * BLOCK_SIZE + 5), random(100_000), Buffer.alloc(70_000)]);
    const file = temp.path('packed.gz');
    await writeFile(file, await pack(bytes));
    const limits = { encoding: 'buffer', maxBuffer: 2 * bytes.byteLength } as const;
    const { stdout } = await run(program, [...args, file], limits);
    expect(stdout.equals(bytes)).toBe(true);
  });

  it('is compiled from the sources in wasm/', async () => {
    const script = path.resolve(import.meta.dirname, '../../../scripts/build-wasm.mjs');
    const { stderr } = await run(process.execPath, [script, '--check'], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(stderr).toBe('');
  });
});

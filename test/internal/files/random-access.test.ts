import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { ArchiveInvalidError } from '../../../src/errors/invalid/archive.js';
import { FileSystemError } from '../../../src/errors/file-system.js';
import { fileAccess, memoryAccess } from '../../../src/internal/files/random-access.js';
import { indexTar } from '../../../src/internal/tar/entry-index.js';
import { noise } from '../../support/tools/noise.js';
import { eventually, openDescriptors } from '../../support/tools/open-handles.js';
import { rawEntry, rawHeader, TRAILER } from '../../support/archives/raw-tar.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const bytes = noise(700_000);

describe.each([
  [
    'a file',
    async () => {
      writeFileSync(temp.path('file'), bytes);
      return fileAccess(temp.path('file'));
    },
  ],
  ['memory', () => Promise.resolve(memoryAccess(bytes))],
])('random access to %s', (_, open) => {
  it('reads any piece, at once and as a stream', async () => {
    const access = await open();
    expect(access.size).toBe(bytes.byteLength);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.byteLength }), fc.nat({ max: bytes.byteLength }), async (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const piece = bytes.subarray(start, end);
        expect((await access.read(start, end - start)).equals(piece)).toBe(true);
        expect((await readAll(access.stream(start, end - start))).equals(piece)).toBe(true);
      }),
      { numRuns: 30 },
    );
    await access.close();
  });

  it('refuses pieces outside the bytes', async () => {
    const access = await open();
    for (const [offset, length] of [
      [-1, 1],
      [0, 700_001],
      [700_001, 0],
      [0.5, 1],
      [0, Number.NaN],
      [2 ** 60, 1],
    ] as const) {
      await expect(access.read(offset, length)).rejects.toThrow(RangeError);
      expect(() => access.stream(offset, length)).toThrow(RangeError);
    }
    await access.close();
  });

  it('ends when its signal aborts, and admits no reader after it was closed', async () => {
    const access = await open();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(access.read(0, 1, { signal })).rejects.toThrow('enough');
    await expect(readAll(access.stream(0, 1, { signal }))).rejects.toThrow('enough');
    const open2 = access.stream(0, bytes.byteLength);
    await access.close();
    await expect(access.read(0, 1)).rejects.toThrow(/closed/);
    expect(() => access.stream(0, 1)).toThrow(/closed/);
    expect((await readAll(open2)).equals(bytes)).toBe(true);
  });
});

describe('fileAccess', () => {
  it('leaves no descriptor open', async () => {
    writeFileSync(temp.path('file'), bytes);
    const before = openDescriptors();
    const access = await fileAccess(temp.path('file'));
    access.stream(0, 10).destroy();
    await readAll(access.stream(0, 10));
    await access.close();
    await access.close();
    expect(await eventually(() => openDescriptors() <= before)).toBe(true);
    await expect(fileAccess(temp.path('missing'))).rejects.toThrow(FileSystemError);
    mkdirSync(temp.path('folder'));
    const directory = await fileAccess(temp.path('folder'));
    await expect(directory.read(0, 1)).rejects.toThrow(FileSystemError);
    await directory.close();
    expect(await eventually(() => openDescriptors() <= before)).toBe(true);
  });

  it('fails if the file was truncated, and ignores appended bytes', async () => {
    writeFileSync(temp.path('file'), bytes);
    const access = await fileAccess(temp.path('file'));
    appendFileSync(temp.path('file'), 'more');
    expect((await readAll(access.stream(0, access.size))).byteLength).toBe(bytes.byteLength);
    truncateSync(temp.path('file'), 300_000);
    await expect(access.read(299_000, 2000)).rejects.toThrow(ArchiveInvalidError);
    await expect(readAll(access.stream(0, access.size))).rejects.toThrow(/was cut/);
    await access.close();
  });
});

describe('indexTar', () => {
  it('B21: reads only headers, with a few kilobytes around each', async () => {
    const tar = Buffer.concat([
      ...Array.from({ length: 20 }, (_, index) => rawEntry({ name: `layer${index}` }, noise(500_000))),
      TRAILER,
    ]);
    const inner = memoryAccess(tar);
    let read = 0;
    const index = await indexTar({
      ...inner,
      size: inner.size,
      stream: () => {
        throw new Error('no body is to be opened');
      },
      close: () => inner.close(),
      read: (offset, length) => {
        read += length;
        return inner.read(offset, length);
      },
    });
    expect(index.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, place) => `layer${place}`));
    expect(read).toBeLessThanOrEqual(21 * 32 * 1024);
  });

  it('returns the positions of the bodies in a file', async () => {
    const tar = Buffer.concat([
      rawEntry({ name: 'a' }, 'one'),
      rawEntry({ name: 'b' }, 'x'.repeat(600)),
      rawHeader({ name: 'c' }),
      TRAILER,
    ]);
    writeFileSync(temp.path('tar'), tar);
    const access = await fileAccess(temp.path('tar'));
    const index = await indexTar(access);
    expect(index.map(({ offset, size }) => [offset, size])).toEqual([
      [512, 3],
      [1536, 600],
      [3072, 0],
    ]);
    const [entry] = index;
    expect((await access.read(entry?.offset ?? 0, entry?.size ?? 0)).toString()).toBe('one');
    await access.close();
    await expect(indexTar(access)).rejects.toThrow(/closed/);
  });

  it('ends with its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(indexTar(memoryAccess(rawEntry({ name: 'a' })), { signal })).rejects.toThrow('enough');
  });
});

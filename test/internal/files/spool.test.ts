import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { FileSystemError } from '../../../src/errors/file-system.js';
import { spool, spoolWriter } from '../../../src/internal/files/spool.js';
import { chunked, failing, stalled } from '../../support/archives/chunked.js';
import { noise } from '../../support/tools/noise.js';
import { eventually, openDescriptors } from '../../support/tools/open-handles.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

/** Files of this process that have lost their names. */
function nameless(dir: string): number {
  let count = 0;
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(join('/proc/self/fd', fd));
      if (target.startsWith(dir) && target.endsWith('(deleted)')) count += 1;
    } catch {
      // The descriptor that listed the directory.
    }
  }
  return count;
}

describe('spool', () => {
  it('returns its bytes from any offset, from memory and from a file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0, 1, 500, 10_000),
        fc.nat({ max: 2000 }),
        async (bytes, sizes, memoryBytes, at) => {
          const kept = await spool(chunked(bytes, sizes), { memoryBytes, dir: temp.path() });
          const offset = Math.min(at, bytes.byteLength);
          expect(kept.size).toBe(bytes.byteLength);
          expect((await readAll(kept.open())).equals(bytes)).toBe(true);
          expect((await readAll(kept.open(offset))).equals(bytes.subarray(offset))).toBe(true);
          expect((await kept.read(offset, bytes.byteLength - offset)).equals(bytes.subarray(offset))).toBe(
            true,
          );
          await kept.close();
        },
      ),
    );
  });

  it('serves several readers at a time, in large pieces', async () => {
    const bytes = noise(3 * 1024 * 1024);
    const kept = await spool(chunked(bytes), { memoryBytes: 0, dir: temp.path() });
    const [first, second, third] = await Promise.all([
      readAll(kept.open()),
      readAll(kept.open(1_000_000)),
      readAll(kept.stream(5, 10)),
    ]);
    expect(first.equals(bytes)).toBe(true);
    expect(second.equals(bytes.subarray(1_000_000))).toBe(true);
    expect(third.equals(bytes.subarray(5, 15))).toBe(true);
    const sizes: number[] = [];
    for await (const chunk of kept.open()) sizes.push((chunk as Buffer).byteLength);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(256 * 1024);
    await kept.close();
  });

  it('Y5: keeps a file that has no name, so that a killed process leaves nothing', async () => {
    const kept = await spool(chunked(noise(10_000)), { memoryBytes: 100, dir: temp.path() });
    expect(readdirSync(temp.path())).toEqual([]);
    if (existsSync('/proc/self/fd')) expect(nameless(temp.path())).toBe(1);
    await kept.close();
    if (existsSync('/proc/self/fd')) expect(nameless(temp.path())).toBe(0);
  });

  it('needs no file for bytes that fit in memory', async () => {
    const kept = await spool(chunked(Buffer.alloc(1000)), { memoryBytes: 1000, dir: temp.path('missing') });
    expect(kept.size).toBe(1000);
  });

  it('lets open readers finish after it was closed, and admits no new ones', async () => {
    const bytes = noise(1024 * 1024);
    const kept = await spool(chunked(bytes), { memoryBytes: 0, dir: temp.path() });
    const before = openDescriptors();
    const reader = kept.open();
    await kept.close();
    expect((await readAll(reader)).equals(bytes)).toBe(true);
    expect(() => kept.open()).toThrow(/closed/);
    expect(await eventually(() => before === 0 || openDescriptors() <= before - 1)).toBe(true);
    await kept.close();
  });

  it('leaves nothing open when the source fails, the caller aborts, or a writer is discarded', async () => {
    const before = openDescriptors();
    const options = { memoryBytes: 10, dir: temp.path() };
    await expect(spool(failing(noise(1000), new Error('broke')), options)).rejects.toThrow('broke');

    const controller = new AbortController();
    const source = stalled(noise(1000));
    const waiting = spool(source, { ...options, signal: controller.signal });
    await eventually(() => nameless(temp.path()) === 1);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(source.destroyed).toBe(true);

    const writer = spoolWriter(options);
    await writer.write(noise(1000));
    await writer.discard();
    expect(openDescriptors()).toBeLessThanOrEqual(before);
    expect(readdirSync(temp.path())).toEqual([]);
  });

  it('Y10: names the directory and the reason if it cannot create a file', async () => {
    const error = await spool(chunked(noise(1000)), { memoryBytes: 10, dir: temp.path('missing') }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FileSystemError);
    expect(error).toMatchObject({ systemCode: 'ENOENT' });
  });

  it('closes itself when it is unreachable', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    await (await spool(chunked(noise(1000)), { memoryBytes: 10, dir: temp.path() })).read(0, 1);
    expect(nameless(temp.path())).toBe(1);
    const closed = (): boolean => {
      collectGarbage();
      return nameless(temp.path()) === 0;
    };
    // In a process that ran many tests, each collection takes its time.
    expect(await eventually(closed, 50)).toBe(true);
  });
});

import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { FileSystemError } from '../../src/errors/file-system.js';
import { withLock } from '../../src/internal/lock-file.js';
import { outcomeOf, startProgram } from '../support/child.js';
import { eventually } from '../support/open-handles.js';
import { useTempDir } from '../support/temp-dir.js';

const temp = useTempDir();

describe('withLock', () => {
  it('lets one in at a time, in order, and leaves nothing behind', async () => {
    const lock = temp.path('lock');
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      [0, 1, 2, 3].map((index) =>
        withLock(lock, async () => {
          expect(++inside).toBe(1);
          expect(existsSync(lock)).toBe(true);
          order.push(index);
          await setImmediate();
          inside -= 1;
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3]);
    expect(existsSync(lock)).toBe(false);
  });

  it('passes results and failures on, and gives the lock back', async () => {
    const lock = temp.path('lock');
    expect(await withLock(lock, () => Promise.resolve('value'))).toBe('value');
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });

  it('Y8: takes over at once from a process that has died, and only from that', async () => {
    const lock = temp.path('lock');
    const program = `
      import { withLock } from 'ROOT/src/internal/lock-file.ts';
      await withLock(process.argv[2], async () => { process.kill(process.pid, 'SIGKILL'); });
    `;
    await outcomeOf(startProgram(temp.path(), program, [lock]));
    expect(existsSync(lock)).toBe(true);
    let ran = false;
    await withLock(lock, async () => void (ran = true));
    expect(ran).toBe(true);

    // The same lock, held by this process, which is alive.
    const holder = await withLock(lock, () => Promise.resolve(readFileSync(lock, 'utf8')));
    writeFileSync(lock, holder);
    const controller = new AbortController();
    const waiting = withLock(lock, () => Promise.resolve(), { signal: controller.signal });
    await eventually(() => false, 200);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(existsSync(lock)).toBe(true);
  });

  it('Y8: takes over from another machine, or an unfinished lock, only when it is old', async () => {
    const lock = temp.path('lock');
    for (const content of ['', 'no JSON', '{"id":"x","pid":1,"scope":"elsewhere"}']) {
      writeFileSync(lock, content);
      const controller = new AbortController();
      const waiting = withLock(lock, () => Promise.resolve(), { signal: controller.signal });
      await eventually(() => false, 100);
      controller.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');

      const old = new Date(Date.now() - 60_000);
      utimesSync(lock, old, old);
      expect(await withLock(lock, () => Promise.resolve('mine'))).toBe('mine');
      expect(existsSync(lock)).toBe(false);
    }
  });

  it('Y8: leaves a lock alone that someone else took over meanwhile', async () => {
    const lock = temp.path('lock');
    await withLock(lock, async () => {
      writeFileSync(lock, '{"id":"theirs","pid":1,"scope":"elsewhere"}');
      return Promise.resolve();
    });
    expect(readFileSync(lock, 'utf8')).toContain('theirs');
  });

  it('Y8: keeps several processes apart', async () => {
    const lock = temp.path('lock');
    const counter = temp.path('counter');
    writeFileSync(counter, '0');
    // Reading and writing without a lock would lose steps.
    const program = `
      import { readFile, writeFile } from 'node:fs/promises';
      import { withLock } from 'ROOT/src/internal/lock-file.ts';
      const [, , lock, counter] = process.argv;
      for (let turn = 0; turn < 25; turn += 1) {
        await withLock(lock, async () => {
          await writeFile(counter, String(Number(await readFile(counter, 'utf8')) + 1));
        });
      }
    `;
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => outcomeOf(startProgram(temp.path(), program, [lock, counter]))),
    );
    expect(outcomes.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array.from({ length: 4 }, () => ({ code: 0, stderr: '' })),
    );
    expect(readFileSync(counter, 'utf8')).toBe('100');
    expect(existsSync(lock)).toBe(false);
  });

  it('Y10: says why there can be no lock', async () => {
    await expect(withLock(temp.path('missing', 'lock'), () => Promise.resolve())).rejects.toThrow(
      FileSystemError,
    );
  });
});

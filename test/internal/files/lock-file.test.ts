import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { FileSystemError } from '../../../src/errors/file-system.js';
import { isTakeoverName, withLock } from '../../../src/internal/files/lock-file.js';
import { outcomeOf, startProgram } from '../../support/programs/child.js';
import { eventually } from '../../support/tools/open-handles.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

/** A lock is a link to nothing. */
function isThere(lock: string): boolean {
  return lstatSync(lock, { throwIfNoEntry: false }) !== undefined;
}

describe('withLock', () => {
  it('lets one in at a time, in order, and leaves nothing behind', async () => {
    const lock = temp.path('lock');
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      [0, 1, 2, 3].map((index) =>
        withLock(lock, async () => {
          expect(++inside).toBe(1);
          expect(isThere(lock)).toBe(true);
          order.push(index);
          await setImmediate();
          inside -= 1;
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3]);
    expect(isThere(lock)).toBe(false);
  });

  it('passes results and failures on, and gives the lock back', async () => {
    const lock = temp.path('lock');
    expect(await withLock(lock, () => Promise.resolve('value'))).toBe('value');
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(isThere(lock)).toBe(false);
  });

  it('Y8: takes over at once from a process that has died, and only from that', async () => {
    const lock = temp.path('lock');
    const program = `
      import { withLock } from 'ROOT/src/internal/files/lock-file.ts';
      await withLock(process.argv[2], async () => { process.kill(process.pid, 'SIGKILL'); });
    `;
    await outcomeOf(startProgram(temp.path(), program, [lock]));
    expect(isThere(lock)).toBe(true);
    let ran = false;
    await withLock(lock, async () => void (ran = true));
    expect(ran).toBe(true);

    // The same lock, held by this process, which is alive.
    const holder = await withLock(lock, () => Promise.resolve(readlinkSync(lock)));
    symlinkSync(holder, lock);
    const controller = new AbortController();
    const waiting = withLock(lock, () => Promise.resolve(), { signal: controller.signal });
    await eventually(() => false, 200);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(isThere(lock)).toBe(true);
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
      expect(isThere(lock)).toBe(false);
    }
  });

  it('Y8: leaves a lock alone that someone else took over meanwhile', async () => {
    const lock = temp.path('lock');
    await withLock(lock, async () => {
      rmSync(lock);
      writeFileSync(lock, '{"id":"theirs","pid":1,"scope":"elsewhere"}');
      return Promise.resolve();
    });
    expect(readFileSync(lock, 'utf8')).toContain('theirs');
  });

  it('Y8: takes over once, also when those who tried before were killed in it', async () => {
    const lock = temp.path('index.lock');
    // Each dies at a later step of the takeover, and leaves its own guard beside those of the others.
    const program = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const [, , lock, last] = process.argv;
      let calls = 0;
      for (const name of ['symlink', 'unlink']) {
        const real = fs.promises[name];
        fs.promises[name] = async (...args) => {
          const result = await real(...args).catch((error) => error);
          if (++calls === Number(last)) process.kill(process.pid, 'SIGKILL');
          if (result instanceof Error) throw result;
          return result;
        };
      }
      syncBuiltinESMExports();
      const { withLock } = await import('ROOT/src/internal/files/lock-file.ts');
      await withLock(lock, async () => { process.kill(process.pid, 'SIGKILL'); });
    `;
    for (const last of [1, 2, 2, 3, 3, 4, 9]) {
      await outcomeOf(startProgram(temp.path(), program, [lock, String(last)]));
    }
    expect(isThere(lock)).toBe(true);
    await Promise.all([0, 1, 2].map(async () => withLock(lock, async () => Promise.resolve())));
    expect(isThere(lock)).toBe(false);
    const left = readdirSync(temp.path()).filter((name) => name.startsWith('index'));
    expect(left.filter((name) => !isTakeoverName(name))).toEqual([]);
  });

  it('Y8: says so when something that cannot be removed has its name', async () => {
    const lock = temp.path('lock');
    mkdirSync(lock);
    const old = new Date(Date.now() - 60_000);
    utimesSync(lock, old, old);
    await expect(withLock(lock, () => Promise.resolve())).rejects.toThrow(FileSystemError);
  });

  it('Y8: keeps several processes apart', async () => {
    const lock = temp.path('lock');
    const counter = temp.path('counter');
    writeFileSync(counter, '0');
    // Reading and writing without a lock would lose steps.
    const program = `
      import { readFile, writeFile } from 'node:fs/promises';
      import { withLock } from 'ROOT/src/internal/files/lock-file.ts';
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
    expect(isThere(lock)).toBe(false);
  });

  it('Y10: says why there can be no lock', async () => {
    await expect(withLock(temp.path('missing', 'lock'), () => Promise.resolve())).rejects.toThrow(
      FileSystemError,
    );
  });
});

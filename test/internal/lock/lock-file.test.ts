import { once } from 'node:events';
import {
  lstatSync,
  lutimesSync,
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
import { takeLock, tryLock, withLock } from '../../../src/internal/lock/lock-file.js';
import { isTakeoverName } from '../../../src/internal/lock/takeover.js';
import { outcomeOf, startProgram } from '../../support/programs/child.js';
import { eventually } from '../../support/tools/open-handles.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

/** Holds a lock until it is ended, or dies with it. */
const HOLD = `
import { withLock } from 'ROOT/src/internal/lock/lock-file.ts';
const [, , lock, how] = process.argv;
await withLock(lock, () => new Promise(() => {
  if (how === 'die') process.kill(process.pid, 'SIGKILL');
  setInterval(() => undefined, 1000);
  console.log('held');
}));
`;

/** A lock is a link to nothing. */
function isThere(lock: string): boolean {
  return lstatSync(lock, { throwIfNoEntry: false }) !== undefined;
}

describe('withLock', () => {
  it('runs one holder at a time, in order, and leaves no file behind', async () => {
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

  it('passes on results and failures, and releases the lock', async () => {
    const lock = temp.path('lock');
    expect(await withLock(lock, () => Promise.resolve('value'))).toBe('value');
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(isThere(lock)).toBe(false);
  });

  it('Y8: takes over the lock of a dead process at once, and of no other process', async () => {
    const lock = temp.path('lock');
    const program = `
      import { withLock } from 'ROOT/src/internal/lock/lock-file.ts';
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

  const elsewhere = JSON.stringify({ id: 'e'.repeat(32), pid: 1, scope: 'elsewhere' });

  it.each(['', 'no JSON', '{"id":"x","pid":1,"scope":"elsewhere"}', elsewhere])(
    'Y8: takes over what nobody is known to hold when it was watched for long, whatever its times say: %j',
    async (content) => {
      const lock = temp.path('lock');
      for (const time of [new Date(0), new Date(), new Date(Date.now() + 3_600_000)]) {
        writeFileSync(lock, content);
        utimesSync(lock, time, time);
        const controller = new AbortController();
        const waiting = withLock(lock, () => Promise.resolve(), { signal: controller.signal });
        await eventually(() => false, 100);
        controller.abort(new Error('enough'));
        await expect(waiting).rejects.toThrow('enough');
        expect(readFileSync(lock, 'utf8')).toBe(content);

        expect(await withLock(lock, () => Promise.resolve('mine'), { staleMs: 50 })).toBe('mine');
        expect(isThere(lock)).toBe(false);
      }
    },
  );

  it('Y8: does not take over a lock that another machine refreshes, even if its clock stands still', async () => {
    const lock = temp.path('lock');
    symlinkSync(elsewhere, lock);
    let beats = 0;
    const beating = setInterval(() => {
      beats += 1;
      // The process that takes the lock over removes it.
      if (isThere(lock)) lutimesSync(lock, 0, beats / 1000);
    }, 10);
    const controller = new AbortController();
    const options = { staleMs: 1000, signal: controller.signal };
    const waiting = withLock(lock, () => Promise.resolve(), options);
    await eventually(() => false, 1500);
    expect(await takeLock(lock, options)).toBeUndefined();
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    clearInterval(beating);
    expect(readlinkSync(lock)).toBe(elsewhere);
  });

  it('Y8: does not take over the lock of a stopped process, however old the lock looks', async () => {
    const lock = temp.path('lock');
    const child = startProgram(temp.path(), HOLD, [lock]);
    const ended = outcomeOf(child);
    await once(child.stdout!, 'data');
    child.kill('SIGSTOP');
    lutimesSync(lock, 0, 0);
    let ran = false;
    const waiting = withLock(lock, async () => void (ran = true), { staleMs: 20 });
    await eventually(() => false, 300);
    expect(ran).toBe(false);
    expect(await tryLock(lock, { staleMs: 20 })).toBeUndefined();
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await ended;
    await waiting;
    expect(ran).toBe(true);
  });

  it('Y8: takes over at once if a later process has the number of the dead holder', async () => {
    const lock = temp.path('lock');
    const text = await withLock(lock, () => Promise.resolve(readlinkSync(lock)));
    symlinkSync(JSON.stringify({ ...(JSON.parse(text) as object), started: '1' }), lock);
    expect(await withLock(lock, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('Y8: runs again if the lock was lost before the result was published', async () => {
    const lock = temp.path('lock');
    const said: string[] = [];
    const value = await withLock(lock, async (held) => {
      said.push('ran');
      if (said.length === 1) {
        rmSync(lock);
        symlinkSync(elsewhere, lock);
        setTimeout(() => {
          rmSync(lock);
        }, 100);
      }
      await held.check();
      return said.push('published');
    });
    expect([value, said]).toEqual([3, ['ran', 'ran', 'published']]);
  });

  it('Y8: puts back a lock that was created during the removal of a stale one', async () => {
    const lock = temp.path('lock');
    // Between the last look of the breaker and its removal, the holder goes and another one comes.
    const program = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const [, , lock, theirs] = process.argv;
      let changed = false;
      const change = (path) => {
        if (changed || path !== lock) return;
        changed = true;
        fs.rmSync(lock);
        fs.symlinkSync(theirs, lock);
      };
      for (const name of ['rename', 'unlink']) {
        const real = fs.promises[name];
        fs.promises[name] = async (...args) => (change(args[0]), real(...args));
      }
      syncBuiltinESMExports();
      const { takeLock } = await import('ROOT/src/internal/lock/lock-file.ts');
      console.log((await takeLock(lock)) === undefined ? 'refused' : 'taken');
      process.exit();
    `;
    await outcomeOf(startProgram(temp.path(), HOLD, [lock, 'die']));
    const { stdout } = await outcomeOf(startProgram(temp.path(), program, [lock, elsewhere]));
    expect(stdout).toBe('refused\n');
    expect(readlinkSync(lock)).toBe(elsewhere);
    expect(readdirSync(temp.path()).filter(isTakeoverName)).toEqual([]);
  });

  it('Y8: does not follow a symbolic link with the name of the lock', async () => {
    const lock = temp.path('lock');
    writeFileSync(temp.path('precious'), 'content');
    const before = lstatSync(temp.path('precious')).mtimeMs;
    symlinkSync(temp.path('precious'), lock);
    expect(await tryLock(lock)).toBeUndefined();
    expect(await withLock(lock, () => Promise.resolve('mine'), { staleMs: 30 })).toBe('mine');
    expect(readFileSync(temp.path('precious'), 'utf8')).toBe('content');
    expect(lstatSync(temp.path('precious')).mtimeMs).toBe(before);
  });

  it('Y8: does not release a lock that another process has taken over', async () => {
    const lock = temp.path('lock');
    await withLock(lock, async () => {
      rmSync(lock);
      writeFileSync(lock, '{"id":"theirs","pid":1,"scope":"elsewhere"}');
      return Promise.resolve();
    });
    expect(readFileSync(lock, 'utf8')).toContain('theirs');
  });

  it('Y8: takes over once, even if earlier waiters were killed during their takeover', async () => {
    const lock = temp.path('index.lock');
    // Each dies at a later step of the takeover, and leaves its own guard beside those of the others.
    const program = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const [, , lock, last] = process.argv;
      let calls = 0;
      for (const name of ['symlink', 'rename', 'unlink']) {
        const real = fs.promises[name];
        fs.promises[name] = async (...args) => {
          const result = await real(...args).catch((error) => error);
          if (++calls === Number(last)) process.kill(process.pid, 'SIGKILL');
          if (result instanceof Error) throw result;
          return result;
        };
      }
      syncBuiltinESMExports();
      const { withLock } = await import('ROOT/src/internal/lock/lock-file.ts');
      await withLock(lock, async () => { process.kill(process.pid, 'SIGKILL'); });
    `;
    for (const last of [1, 2, 2, 3, 3, 4, 5, 9]) {
      await outcomeOf(startProgram(temp.path(), program, [lock, String(last)]));
    }
    expect(isThere(lock)).toBe(true);
    await Promise.all([0, 1, 2].map(async () => withLock(lock, async () => Promise.resolve())));
    expect(isThere(lock)).toBe(false);
    const left = readdirSync(temp.path()).filter((name) => name.startsWith('index'));
    expect(left.filter((name) => !isTakeoverName(name))).toEqual([]);
  });

  it('Y8: fails if a directory that cannot be removed has the name of the lock', async () => {
    const lock = temp.path('lock');
    mkdirSync(lock);
    await expect(withLock(lock, () => Promise.resolve())).rejects.toThrow(FileSystemError);
  });

  it('Y8: admits one of several processes at a time', async () => {
    const lock = temp.path('lock');
    const counter = temp.path('counter');
    writeFileSync(counter, '0');
    // Reading and writing without a lock would lose steps.
    const program = `
      import { readFile, writeFile } from 'node:fs/promises';
      import { withLock } from 'ROOT/src/internal/lock/lock-file.ts';
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

  it('Y10: reports why a lock cannot be created', async () => {
    await expect(withLock(temp.path('missing', 'lock'), () => Promise.resolve())).rejects.toThrow(
      FileSystemError,
    );
  });
});

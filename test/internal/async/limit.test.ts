import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { limiter, mapLimit } from '../../../src/internal/async/limit.js';

describe('limiter', () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity])('refuses %p jobs', (jobs) => {
    expect(() => limiter(jobs)).toThrow(TypeError);
  });

  it('starts tasks in order, never more than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 20 }),
        async (jobs, turns) => {
          const limit = limiter(jobs);
          const started: number[] = [];
          let running = 0;
          let most = 0;
          await Promise.all(
            turns.map((count, index) =>
              limit(async () => {
                started.push(index);
                most = Math.max(most, ++running);
                for (let turn = 0; turn < count; turn += 1) await setImmediate();
                running -= 1;
              }),
            ),
          );
          expect(started).toEqual(turns.map((_, index) => index));
          expect(most).toBe(Math.min(jobs, turns.length));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('passes on results and failures, and continues after a failure', async () => {
    const limit = limiter(1);
    await expect(limit(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(
      limit(() => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    await expect(limit(() => Promise.resolve(7))).resolves.toBe(7);
  });

  it('removes an aborted task from the queue', async () => {
    const limit = limiter(1);
    let release = (): void => undefined;
    const first = limit(() => new Promise<void>((resolve) => (release = resolve)));
    const controller = new AbortController();
    let ran = false;
    const second = limit(async () => void (ran = true), { signal: controller.signal });
    const third = limit(() => Promise.resolve('third'));
    controller.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    release();
    await first;
    await expect(third).resolves.toBe('third');
    expect(ran).toBe(false);
    await expect(
      limit(() => Promise.resolve(1), { signal: AbortSignal.abort(new Error('late')) }),
    ).rejects.toThrow('late');
  });

  it('gives the turn to the next task if a task is aborted when its turn comes', async () => {
    const limit = limiter(1);
    let release = (): void => undefined;
    const first = limit(() => new Promise<void>((resolve) => (release = resolve)));
    const controller = new AbortController();
    const second = limit(() => Promise.resolve('second'), { signal: controller.signal });
    await setImmediate();
    release();
    await first;
    controller.abort(new Error('gone'));
    await second.catch(() => undefined);
    await expect(limit(() => Promise.resolve('next'))).resolves.toBe('next');
  });
});

describe('mapLimit', () => {
  it('keeps the order of the items and passes their index', async () => {
    const results = await mapLimit(['a', 'b', 'c'], 2, async (item, { index }) => {
      if (index === 0) await setImmediate();
      return `${item}${index}`;
    });
    expect(results).toEqual(['a0', 'b1', 'c2']);
  });

  it('takes an item only when its turn has come', async () => {
    let taken = 0;
    function* items(): Generator<number> {
      for (let item = 0; item < 10; item += 1) {
        taken += 1;
        yield item;
      }
    }
    let ahead = 0;
    let finished = 0;
    await mapLimit(items(), 3, async () => {
      ahead = Math.max(ahead, taken - finished);
      await setImmediate();
      finished += 1;
    });
    expect(ahead).toBe(3);
    expect(await mapLimit([], 4, () => Promise.resolve(1))).toEqual([]);
    await expect(mapLimit([], 0, () => Promise.resolve(1))).rejects.toThrow(TypeError);
  });

  it('aborts the other tasks on the first failure, starts no more, and waits for the started ones', async () => {
    const started: number[] = [];
    let settled = 0;
    let closed = false;
    function* items(): Generator<number> {
      try {
        for (let item = 0; item < 10; item += 1) yield item;
      } finally {
        closed = true;
      }
    }
    const run = mapLimit(items(), 3, async (item, { signal }) => {
      started.push(item);
      try {
        if (item === 1) throw new Error('first');
        while (!signal.aborted) await setImmediate();
        await setImmediate();
        throw new Error('later');
      } finally {
        settled += 1;
      }
    });
    await expect(run).rejects.toThrow('first');
    expect(started).toEqual([0, 1, 2]);
    expect(settled).toBe(3);
    expect(closed).toBe(true);
  });

  it("rejects with the reason of the caller's signal, and not with the errors of the aborted tasks", async () => {
    const controller = new AbortController();
    const run = mapLimit(
      [1, 2, 3],
      2,
      async (_, { signal }) => {
        while (!signal.aborted) await setImmediate();
        throw new Error('task');
      },
      { signal: controller.signal },
    );
    controller.abort(new Error('caller'));
    await expect(run).rejects.toThrow('caller');
  });

  it('finishes all items if the signal never aborts', async () => {
    const { signal } = new AbortController();
    expect(await mapLimit([1, 2, 3], 9, (item) => Promise.resolve(item * 2), { signal })).toEqual([2, 4, 6]);
  });

  it('I5: lets timers run during a long list whose tasks do not wait', async () => {
    const many = 3_000_000;
    let taken = 0;
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort(new Error('enough'));
    }, 1);
    const items = Array.from({ length: many });
    const done = mapLimit(items, 2, async () => Promise.resolve((taken += 1)), { signal: controller.signal });
    await expect(done).rejects.toThrow('enough');
    expect(taken).toBeLessThan(many);
  });
});

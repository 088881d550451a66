import type { Clock } from '../../../src/internal/async/clock.js';

export interface FakeClock extends Clock {
  /** What was slept, in order. */
  readonly sleeps: number[];
  /** The time that `now` tells; sleeping moves it. */
  time: number;
}

/** A clock whose sleeps are over at once. */
export function fakeClock(time = 1_700_000_000_000): FakeClock {
  const clock: FakeClock = {
    time,
    sleeps: [],
    now: () => clock.time,
    sleep(ms, { signal } = {}) {
      signal?.throwIfAborted();
      clock.sleeps.push(ms);
      clock.time += ms;
      return Promise.resolve();
    },
  };
  return clock;
}

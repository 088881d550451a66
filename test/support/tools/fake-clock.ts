import type { Clock } from '../../../src/internal/async/clock.js';

export interface FakeClock extends Clock {
  /** Milliseconds of each sleep, in order. */
  readonly sleeps: number[];
  /** The time that `now` returns; a sleep moves it. */
  time: number;
}

/** A clock that a test sets. Its sleeps end at once, are recorded, and move the time. */
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

import { systemClock, type Clock } from '../../../src/internal/async/clock.js';

/** A clock for tests of retries: it has the real time, but its sleeps end at once. */
export const hurriedClock: Clock = {
  now: () => systemClock.now(),
  sleep: async (_ms, { signal } = {}) => systemClock.sleep(0, { signal }),
};

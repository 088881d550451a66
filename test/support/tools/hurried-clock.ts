import { systemClock, type Clock } from '../../../src/internal/async/clock.js';

/** Real time, in which nobody waits. */
export const hurriedClock: Clock = {
  now: () => systemClock.now(),
  sleep: async (_ms, { signal } = {}) => systemClock.sleep(0, { signal }),
};

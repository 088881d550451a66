import { type Lazy, lazy } from '../../internal/async/lazy.js';
import type { AbortOptions } from '../../internal/async/abort.js';

/**
 * Like {@link lazy}, but a value is computed again when it is `durationMs` old.
 *
 * Concurrent callers share one computation even if the duration is 0. The age is measured by the wall clock, which
 * advances while a machine sleeps. If the clock was set back, the value counts as expired.
 */
export function expiring<T>(
  compute: (options: AbortOptions) => Promise<T>,
  durationMs: number,
  first?: T,
): Lazy<T> {
  let settledAt: number | undefined;

  const start = (run: (options: AbortOptions) => Promise<T>): Lazy<T> =>
    lazy(async (options) => {
      const value = await run(options);
      settledAt = Date.now();
      return value;
    });

  let current = start(compute);
  if (first !== undefined) {
    current = lazy(async () => first);
    settledAt = Date.now();
  }

  return (options) => {
    const age = settledAt === undefined ? 0 : Date.now() - settledAt;
    if (settledAt !== undefined && (age < 0 || age >= durationMs)) {
      settledAt = undefined;
      current = start(compute);
    }
    return current(options);
  };
}

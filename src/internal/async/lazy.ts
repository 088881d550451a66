import { type AbortOptions, orAborted } from './abort.js';

/** A value that is computed when it is first requested. Each caller may pass a signal of its own. */
export type Lazy<T> = (options?: AbortOptions) => Promise<T>;

interface Run<T> {
  readonly value: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
  settled: boolean;
}

/**
 * Memoises an asynchronous computation: concurrent callers share one run, a success is kept, and a failure is
 * forgotten, so that the next caller tries again.
 *
 * A caller's signal ends only that caller's wait. The computation's own signal aborts when no caller waits for it
 * any more.
 */
export function lazy<T>(compute: (options: { readonly signal: AbortSignal }) => Promise<T>): Lazy<T> {
  let run: Run<T> | undefined;

  const start = (): Run<T> => {
    const controller = new AbortController();
    const value = (async () => compute({ signal: controller.signal }))();
    const started: Run<T> = { value, controller, waiting: 0, settled: false };
    const forget = (): void => {
      started.settled = true;
      if (run === started) run = undefined;
    };
    value.then(() => (started.settled = true), forget);
    return started;
  };

  return async ({ signal } = {}) => {
    signal?.throwIfAborted();
    const current = (run ??= start());
    current.waiting += 1;
    try {
      return await orAborted(current.value, signal);
    } finally {
      current.waiting -= 1;
      if (current.waiting === 0 && !current.settled) {
        if (run === current) run = undefined;
        current.controller.abort(signal?.reason);
      }
    }
  };
}

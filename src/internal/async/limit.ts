import { setImmediate } from 'node:timers/promises';
import { type AbortOptions, orAborted, firstSignal } from './abort.js';

/** Runs tasks, at most a fixed number at a time, in the order in which they were passed. */
export type Limiter = <T>(task: () => Promise<T>, options?: AbortOptions) => Promise<T>;

/**
 * Creates a queue that runs up to `jobs` tasks at a time. A task's signal ends its wait in the queue; a running
 * task has to watch the signal itself.
 *
 * @throws TypeError if `jobs` is not a positive integer.
 */
export function limiter(jobs: number): Limiter {
  assertJobs(jobs);
  const queue = new Set<() => void>();
  let running = 0;

  const acquire = async (signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    if (running < jobs) {
      running += 1;
      return;
    }
    let start = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      start = resolve;
    });
    queue.add(start);
    try {
      await orAborted(turn, signal);
    } catch (error) {
      // If this task got its turn in the same tick, the turn goes to the next task.
      if (!queue.delete(start)) release();
      throw error;
    }
  };

  const release = (): void => {
    const [next] = queue;
    if (next === undefined) {
      running -= 1;
      return;
    }
    queue.delete(next);
    next();
  };

  return async (task, { signal } = {}) => {
    await acquire(signal);
    try {
      return await task();
    } finally {
      release();
    }
  };
}

/**
 * Maps `items`, at most `jobs` at a time. The results keep the order of the items.
 *
 * The first failure aborts the signal that the tasks receive, starts nothing more, and is thrown when all started
 * tasks have settled. An item is taken from the iterable only when its turn comes.
 *
 * Timers and sockets run between items, even if the task waits for nothing: otherwise a long list would block the
 * process, and an abort by a timer would come too late.
 */
export async function mapLimit<T, R>(
  items: Iterable<T>,
  jobs: number,
  task: (item: T, context: { readonly signal: AbortSignal; readonly index: number }) => Promise<R>,
  { signal }: AbortOptions = {},
): Promise<R[]> {
  assertJobs(jobs);
  signal?.throwIfAborted();
  const controller = new AbortController();
  const combined = firstSignal(signal, controller.signal);
  const results: R[] = [];
  const entries = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const taken = { count: 0, all: false };

  let turn = performance.now();
  const work = async (): Promise<void> => {
    while (!combined.aborted) {
      if (performance.now() - turn > LONGEST_TURN_MS) {
        await setImmediate();
        turn = performance.now();
        continue;
      }
      const next = entries.next();
      if (next.done === true) {
        taken.all = true;
        return;
      }
      const index = taken.count++;
      results[index] = await task(next.value, { signal: combined, index: index });
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failure ??= { error };
      controller.abort(error);
    }
  };

  const workers: Promise<void>[] = [];
  while (workers.length < jobs && !taken.all && !combined.aborted) workers.push(guarded());
  await Promise.all(workers);
  if (!taken.all) entries.return?.();
  signal?.throwIfAborted();
  if (failure !== undefined) throw failure.error;
  return results;
}

/** Far below a delay that a server with this library in it would notice. */
const LONGEST_TURN_MS = 10;

function assertJobs(jobs: number): void {
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new TypeError(`jobs must be a positive integer, not ${jobs}`);
}

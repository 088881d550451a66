import { setMaxListeners } from 'node:events';

/** Mixed into the options of everything that may wait. */
export interface AbortOptions {
  /** Aborts the call; it then rejects with the signal's reason and releases what it holds. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `listener` when the signal aborts; returns what takes the listener back.
 *
 * One signal may well watch over a hundred transfers, which Node would report as a leak.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => {
    signal.removeEventListener('abort', listener);
  };
}

/** Settles like `promise`, or rejects with the signal's reason as soon as it aborts. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // Whoever loses the race still rejects some day; nobody may see that as unhandled.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = onAbort(signal, () => {
      reject(signal.reason as Error);
    });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stop();
  }
}

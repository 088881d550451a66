import { setMaxListeners } from 'node:events';

/** Part of the options of every call that may wait. */
export interface AbortOptions {
  /** Aborts the call, which then rejects with the signal's reason and releases its resources. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `listener` when the signal aborts. The returned function removes the listener.
 *
 * One signal may serve a hundred transfers, so Node's warning about many listeners is turned off for it.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => {
    signal.removeEventListener('abort', listener);
  };
}

/**
 * A signal that aborts with the first of several. Those that are undefined never abort.
 *
 * Many transfers may listen to it, so Node's warning about many listeners is turned off for it.
 */
export function firstSignal(first: AbortSignal | undefined, second: AbortSignal): AbortSignal {
  const signal = first === undefined ? second : AbortSignal.any([first, second]);
  setMaxListeners(0, signal);
  return signal;
}

/** Settles like `promise`, or rejects with the signal's reason as soon as it aborts. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // If the abort comes first, a later rejection of the promise must not count as unhandled.
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

import { setTimeout as wait } from 'node:timers/promises';

/** Waits for some milliseconds; `Infinity` waits until the signal aborts. Rejects as soon as the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms === Infinity) {
    await new Promise((_resolve, reject) => {
      signal.addEventListener(
        'abort',
        () => {
          reject(new Error('closed'));
        },
        { once: true },
      );
    });
  }
  await wait(ms, undefined, { signal });
}

/** Limits the rate of requests. Times are in milliseconds. */
export interface RateWindow {
  /** Time until the next request may begin. */
  delay(now: number): number;
  /** Records that a request begins. */
  begin(now: number): void;
}

/**
 * Allows at most `perSecond` requests within any second; after a pause, as many may begin at once. A rate below one
 * allows one request in 1 / `perSecond` seconds.
 *
 * It remembers when the last requests began. A token bucket would allow twice as many requests around a pause.
 */
export function rateWindow(perSecond: number): RateWindow {
  const size = Math.max(1, Math.floor(perSecond));
  const lengthMs = (size * 1000) / perSecond;
  /** A ring buffer of the times when the last requests began; `next` is the index of the oldest one. */
  const startTimes = new Array<number>(size).fill(-Infinity);
  let next = 0;
  return {
    delay(now) {
      const oldest = startTimes[next] ?? -Infinity;
      // If the clock was set back, requests must not wait for that whole time.
      const wait = Math.min(oldest + lengthMs - now, lengthMs);
      return wait > 0 ? Math.ceil(wait) : 0;
    },
    begin(now) {
      startTimes[next] = now;
      next = (next + 1) % size;
    },
  };
}

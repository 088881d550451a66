/** Spreads requests over time. */
export interface RateWindow {
  /** Milliseconds until the next request may begin. */
  delay(now: number): number;
  /** Notes that one begins. */
  begin(now: number): void;
}

/**
 * Never more than `perSecond` requests within any second; as many as that may follow a pause at once. Below one, it is
 * one request in so many seconds.
 *
 * It remembers when the last ones began, where a bucket of tokens would let through twice as many around a pause.
 */
export function rateWindow(perSecond: number): RateWindow {
  const size = Math.max(1, Math.floor(perSecond));
  const lengthMs = (size * 1000) / perSecond;
  /** Ring of the last beginnings; `next` is the oldest. */
  const begun = new Array<number>(size).fill(-Infinity);
  let next = 0;
  return {
    delay(now) {
      const oldest = begun[next] ?? -Infinity;
      // A clock that was set back must not stop everything for as long.
      const wait = Math.min(oldest + lengthMs - now, lengthMs);
      return wait > 0 ? Math.ceil(wait) : 0;
    },
    begin(now) {
      begun[next] = now;
      next = (next + 1) % size;
    },
  };
}

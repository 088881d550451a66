/** Measures how many bytes arrive in a second, over a window that ends now. */
export interface RateWindow {
  /** Counts bytes that were transferred. Bytes that were transferred twice count twice. */
  add(bytes: number, now: number): void;
  /** Bytes per second; undefined if too little time has passed. */
  rate(now: number): number | undefined;
}

interface Sample {
  readonly at: number;
  /** All bytes that were transferred until then. */
  readonly bytes: number;
}

/** A window has this many samples at most, so that a snapshot costs little however many events arrive. */
const SAMPLES = 50;

/** A rate is known after this part of the window. */
const FIRST_PART = 1 / 10;

/** @param windowMs - length of the window in milliseconds. */
export function rateWindow(windowMs: number): RateWindow {
  const samples: Sample[] = [];
  let bytes = 0;

  /** Keeps one sample that is older than the window, from which the bytes in the window are counted. */
  const forget = (now: number): void => {
    while ((samples[1]?.at ?? Infinity) <= now - windowMs) samples.shift();
  };

  return {
    add: (count, now) => {
      // The first sample is the start, when nothing was transferred.
      if (samples.length === 0) samples.push({ at: now, bytes });
      bytes += count;
      const last = samples.at(-1);
      if (last === undefined || now - last.at >= windowMs / SAMPLES) samples.push({ at: now, bytes });
      forget(now);
    },
    rate: (now) => {
      forget(now);
      const [first] = samples;
      if (first === undefined) return undefined;
      const from = Math.max(first.at, now - windowMs);
      const elapsed = now - from;
      return elapsed < windowMs * FIRST_PART ? undefined : ((bytes - first.bytes) / elapsed) * 1000;
    },
  };
}

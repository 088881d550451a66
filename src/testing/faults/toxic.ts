import type { HangUp } from '../server/response.js';

/** One direction of a connection, or of one exchange, as a toxic sees it. */
export interface Link {
  /** Bytes that were announced, where a header says so. */
  readonly length: number | undefined;
  /** Ends both sides after what was passed on so far has left. */
  cut(by: HangUp): never;
  /** Waits; with Infinity until one side goes away. */
  sleep(ms: number): Promise<void>;
}

/**
 * Stands between two ends and does something to the bytes. Without a `return` or a `cut` it must pass on all
 * that it reads.
 */
export type Toxic = (bytes: AsyncIterable<Buffer>, link: Link) => AsyncIterable<Buffer>;

/** Thrown through a chain of toxics by {@link Link.cut}. */
export class CutSignal extends Error {
  constructor(readonly by: HangUp) {
    super('cut');
  }
}

/** Every piece arrives later. */
export function latency(ms: number): Toxic {
  return async function* (bytes, link) {
    for await (const chunk of bytes) {
      await link.sleep(ms);
      yield chunk;
    }
  };
}

/** No more than so many bytes per second. */
export function bandwidth(bytesPerSecond: number): Toxic {
  return async function* (bytes, link) {
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += SLICE) {
        const slice = chunk.subarray(at, at + SLICE);
        await link.sleep((slice.length / bytesPerSecond) * 1000);
        yield slice;
      }
    }
  };
}

const SLICE = 16 * 1024;

/** Ends both connections with an RST after so many bytes. */
export const resetAfter = (bytes: number): Toxic => cutAt(() => bytes, 'reset');

/** Ends both connections after so many bytes, as a server does that stops. */
export const truncate = (bytes: number): Toxic => cutAt(() => bytes, 'fin');

/** Ends both connections when this part of the announced length has passed, or of 64 KiB where there is none. */
export const cutAtFraction = (fraction: number, by: HangUp = 'reset'): Toxic =>
  cutAt(({ length = 64 * 1024 }) => Math.floor(fraction * length), by);

function cutAt(place: (link: Link) => number, by: HangUp): Toxic {
  return async function* (bytes, link) {
    let left = place(link);
    if (left <= 0) link.cut(by);
    for await (const chunk of bytes) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) link.cut(by);
    }
  };
}

/** Passes so many bytes, then nothing, and keeps the connection open. */
export function blackhole(after = 0): Toxic {
  return async function* (bytes, link) {
    let left = after;
    if (left > 0) {
      for await (const chunk of bytes) {
        yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) break;
      }
    }
    if (left <= 0) await link.sleep(Infinity);
  };
}

/** Flips bits of the byte at an offset. */
export function corrupt(offset: number, mask = 1): Toxic {
  return async function* (bytes) {
    let position = 0;
    for await (const chunk of bytes) {
      const at = offset - position;
      position += chunk.length;
      const copy = at >= 0 && at < chunk.length ? Buffer.from(chunk) : chunk;
      if (copy !== chunk) copy[at] = (copy[at] ?? 0) ^ mask;
      yield copy;
    }
  };
}

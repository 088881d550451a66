import type { HangUp } from '../server/response.js';

/** What a toxic can do beyond changing the bytes: one direction of a connection or of one HTTP exchange. */
export interface Link {
  /** The length that a `Content-Length` header announced; undefined if there is none. */
  readonly length: number | undefined;
  /** Ends the connections on both sides, after the bytes that were yielded so far have been sent. */
  cut(by: HangUp): never;
  /** Waits for some milliseconds. `Infinity` waits until either side closes its connection. */
  sleep(ms: number): Promise<void>;
}

/**
 * Changes, delays or cuts the bytes of one direction. It receives the bytes and yields those that the other side receives.
 * The connection ends normally when a toxic returns.
 */
export type Toxic = (bytes: AsyncIterable<Buffer>, link: Link) => AsyncIterable<Buffer>;

/** {@link Link.cut} throws this through a chain of toxics. */
export class CutSignal extends Error {
  constructor(readonly by: HangUp) {
    super('cut');
  }
}

/** Delays each chunk by some milliseconds. */
export function latency(ms: number): Toxic {
  return async function* (bytes, link) {
    for await (const chunk of bytes) {
      await link.sleep(ms);
      yield chunk;
    }
  };
}

/** Limits the speed to this many bytes per second. */
export function bandwidth(bytesPerSecond: number): Toxic {
  return async function* (bytes, link) {
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        const slice = chunk.subarray(at, at + SLICE_BYTES);
        await link.sleep((slice.length / bytesPerSecond) * 1000);
        yield slice;
      }
    }
  };
}

const SLICE_BYTES = 16 * 1024;

/** Ends both connections with a TCP RST after this many bytes. */
export const resetAfter = (bytes: number): Toxic => cutAt(() => bytes, 'reset');

/** Ends both connections in order after this many bytes, as a server does that is stopped. */
export const truncate = (bytes: number): Toxic => cutAt(() => bytes, 'fin');

/** Ends both connections after this fraction (0 to 1) of the announced length, or of 64 KiB if no length was announced. */
export const cutAtFraction = (fraction: number, by: HangUp = 'reset'): Toxic =>
  cutAt(({ length = 64 * 1024 }) => Math.floor(fraction * length), by);

function cutAt(offsetOf: (link: Link) => number, by: HangUp): Toxic {
  return async function* (bytes, link) {
    let left = offsetOf(link);
    if (left <= 0) link.cut(by);
    for await (const chunk of bytes) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) link.cut(by);
    }
  };
}

/** Forwards this many bytes, then nothing more, and keeps the connection open. */
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

/** Flips the bits of `mask` in the byte at this offset. */
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

import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Resolves once there is room to write, or nothing more can be written. */
export async function drained(sink: Writable): Promise<void> {
  if (sink.destroyed || !sink.writableNeedDrain) return;
  const over = new AbortController();
  const options = { signal: over.signal };
  try {
    await Promise.race([once(sink, 'drain', options), once(sink, 'close', options)]);
  } finally {
    over.abort();
  }
}

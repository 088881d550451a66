import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Resolves when the sink has room for more data, or is closed. */
export async function drained(sink: Writable): Promise<void> {
  if (sink.destroyed || !sink.writableNeedDrain) return;
  const settled = new AbortController();
  const options = { signal: settled.signal };
  try {
    await Promise.race([once(sink, 'drain', options), once(sink, 'close', options)]);
  } finally {
    settled.abort();
  }
}

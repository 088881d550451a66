import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { AbortOptions } from '../async/abort.js';
import { discard } from './consume.js';

/**
 * Writes all of `source` to `target` and leaves `target` open. Owns the source. After a failure `target` is
 * destroyed too, so that its reader does not take a part of the data for all of it.
 */
export async function pour(source: Readable, target: Writable, { signal }: AbortOptions = {}): Promise<void> {
  try {
    // Node reports no error for writes to a stream that has ended.
    if (target.destroyed || target.writableEnded) throw new Error('the target stream is already closed');
    await pipeline(source, target, { end: false, signal });
  } catch (error) {
    discard(source);
    discard(target);
    signal?.throwIfAborted();
    throw error;
  }
}

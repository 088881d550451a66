import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { AbortOptions } from '../async/abort.js';
import { discard } from './consume.js';

/**
 * Writes all of `source` to `target`, which is not ended. Owns the source; after a failure the target
 * is destroyed too, so that nobody takes a part for the whole.
 */
export async function pour(source: Readable, target: Writable, { signal }: AbortOptions = {}): Promise<void> {
  try {
    // Node takes what is written to a stream that was ended for written.
    if (target.destroyed || target.writableEnded) throw new Error('the stream to write to was closed before');
    await pipeline(source, target, { end: false, signal });
  } catch (error) {
    discard(source);
    discard(target);
    signal?.throwIfAborted();
    throw error;
  }
}

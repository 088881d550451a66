import type { Readable } from 'node:stream';
import { type AbortOptions, orAborted } from '../internal/abort.js';
import { destroyOnAbort, discard } from '../internal/consume.js';

/**
 * Opens a stream of a source that somebody else wrote, and sees to the signal itself: an abort ends
 * the wait for the stream, and later the stream, also if the source takes no notice.
 */
export async function openStream(
  open: (options?: AbortOptions) => Readable | Promise<Readable>,
  options: AbortOptions = {},
): Promise<Readable> {
  const { signal } = options;
  signal?.throwIfAborted();
  const opening = (async () => open(options))();
  try {
    const stream = await orAborted(opening, signal);
    stream.once('close', destroyOnAbort(stream, signal));
    return safe(stream);
  } catch (error) {
    // What is opened after the abort belongs to nobody any more.
    opening.then(discard, () => undefined);
    throw error;
  }
}

/**
 * A stream that may fail before whoever receives it has come to listen: the failure waits for the
 * first read, instead of ending the process.
 */
export function safe(stream: Readable): Readable {
  return stream.on('error', () => undefined);
}

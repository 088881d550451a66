import type { Readable } from 'node:stream';
import { type AbortOptions, orAborted } from '../../internal/async/abort.js';
import { destroyOnAbort, discard, ignoreLateErrors } from '../../internal/streams/consume.js';

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
    return handOut(await orAborted(opening, signal), options);
  } catch (error) {
    // What is opened after the abort belongs to nobody any more.
    opening.then(discard, () => undefined);
    throw error;
  }
}

/** What each stream that was handed out ends with, undefined for nothing. */
const handed = new WeakMap<Readable, Set<AbortSignal | undefined>>();

/**
 * Makes a stream fit to be given away: it ends with the signal until it has ended by itself, and a
 * failure before the receiver has come to listen waits for the first read, instead of ending the process.
 *
 * A stream may pass through the hands of many views; it is told each thing once.
 */
export function handOut(stream: Readable, { signal }: AbortOptions = {}): Readable {
  const known = handed.get(stream);
  ignoreLateErrors(stream);
  if (known?.has(signal) === true) return stream;
  handed.set(stream, (known ?? new Set()).add(signal));
  if (signal !== undefined) stream.once('close', destroyOnAbort(stream, signal));
  return stream;
}

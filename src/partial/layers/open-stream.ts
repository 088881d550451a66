import type { Readable } from 'node:stream';
import { type ByteSource, toReadable } from '../../internal/streams/web.js';
import { type AbortOptions, orAborted } from '../../internal/async/abort.js';
import { destroyOnAbort, discard, ignoreLateErrors } from '../../internal/streams/consume.js';

/**
 * Opens a stream of a source that may ignore the signal. An abort ends the wait for the stream and destroys a stream
 * that is open, even if the source does not react to it.
 */
export async function openStream(
  open: (options?: AbortOptions) => ByteSource | Promise<ByteSource>,
  options: AbortOptions = {},
): Promise<Readable> {
  const { signal } = options;
  signal?.throwIfAborted();
  const opening = (async () => toReadable(await open(options)))();
  try {
    return guardStream(await orAborted(opening, signal), options);
  } catch (error) {
    // A stream that opens after the abort has no owner, so it is destroyed here.
    opening.then(discard, () => undefined);
    throw error;
  }
}

/** The signals that already end a stream; `undefined` if the stream was guarded without a signal. */
const guarded = new WeakMap<Readable, Set<AbortSignal | undefined>>();

/**
 * Makes a stream safe to return to a caller. An abort destroys the stream while it is open. An error that occurs before
 * the caller listens is kept for the first read, instead of ending the process.
 *
 * A stream may pass through many views. Each signal is attached to it once.
 */
export function guardStream(stream: Readable, { signal }: AbortOptions = {}): Readable {
  const knownSignals = guarded.get(stream);
  ignoreLateErrors(stream);
  if (knownSignals?.has(signal) === true) return stream;
  guarded.set(stream, (knownSignals ?? new Set()).add(signal));
  if (signal !== undefined) stream.once('close', destroyOnAbort(stream, signal));
  return stream;
}

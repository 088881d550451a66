import type { Readable, Writable } from 'node:stream';

import type { AbortOptions } from '../async/abort.js';
import { dispose, isDisposable } from './disposable.js';

/**
 * Passes every chunk of `source` to `take`, one after the other.
 *
 * Owns the source, which is destroyed in every case. An abort destroys it at once, even while it yields nothing,
 * and rejects with the signal's reason.
 */
export async function consume(
  source: Readable,
  take: (chunk: Buffer) => Promise<void> | undefined,
  { signal }: AbortOptions = {},
): Promise<void> {
  const stop = destroyOnAbort(source, signal);
  try {
    for await (const chunk of source) {
      // Byte streams yield Buffers; nothing in this package sets an encoding.
      const pending = take(chunk as Buffer);
      if (pending !== undefined) await pending;
      signal?.throwIfAborted();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    stop();
    discard(source);
  }
}

/**
 * Reads `source` to its end and drops the bytes, for streams that check or count bytes on their way. Owns it like
 * {@link consume}.
 */
export async function drain(source: Readable, options: AbortOptions = {}): Promise<void> {
  const disposable = isDisposable(source);
  const take = (chunk: Buffer): undefined => {
    if (disposable) dispose(chunk);
  };
  await consume(source, take, options);
}

/** Destroys a stream that nobody will read or write any more, and ignores its late errors. */
export function discard(stream: Readable | Writable): void {
  ignoreLateErrors(stream);
  stream.destroy();
}

/**
 * Prevents a stream's error from ending the process while the stream has no reader. A reader that comes later
 * still gets the error.
 *
 * Every stream that this package creates gets this listener in the expression that creates it, because a stream
 * may fail, by an abort for example, before its reader has it.
 */
export function ignoreLateErrors<T extends Readable | Writable>(stream: T): T {
  // A stream that passes through several functions gets the listener once.
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  return stream;
}

/** Destroys `stream` with the signal's reason when it aborts. The returned function removes this link. */
export function destroyOnAbort(stream: Readable, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return ignore;
  const abort = (): void => {
    const reason: unknown = signal.reason;
    stream.destroy(reason instanceof Error ? reason : new Error('aborted', { cause: reason }));
  };
  if (signal.aborted) {
    abort();
    return ignore;
  }
  signal.addEventListener('abort', abort, { once: true });
  return () => {
    signal.removeEventListener('abort', abort);
  };
}

function ignore(): void {
  // The reader of the stream gets the error.
}

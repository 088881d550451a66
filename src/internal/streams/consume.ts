import type { Readable, Writable } from 'node:stream';

import type { AbortOptions } from '../async/abort.js';
import { dispose, isDisposable } from './disposable.js';

/**
 * Hands every chunk of `source` to `take`, one after the other.
 *
 * Owns the source: it is destroyed on every path. An abort destroys it at once,
 * also while it is silent, and rejects with the signal's reason.
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

/** Reads `source` to its end, for the sake of what happens to its bytes on their way. Owns it like {@link consume}. */
export async function drain(source: Readable, options: AbortOptions = {}): Promise<void> {
  const disposable = isDisposable(source);
  const take = (chunk: Buffer): undefined => {
    if (disposable) dispose(chunk);
  };
  await consume(source, take, options);
}

/** Destroys a stream that nobody will read, or write any more; a late error of it disturbs no one. */
export function discard(stream: Readable | Writable): void {
  ignoreLateErrors(stream);
  stream.destroy();
}

/**
 * Keeps the error of a stream for whoever reads it later: without a listener it would end the process.
 *
 * Every stream that this package makes gets this listener in the expression that makes it, because a stream may
 * fail, by an abort for example, before it has been handed to its reader. The reader still sees the error.
 */
export function ignoreLateErrors<T extends Readable | Writable>(stream: T): T {
  // Once, through however many hands it goes.
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  return stream;
}

/** Destroys `stream` with the signal's reason when it aborts; the function returned ends that bond. */
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
  // Deliberately nothing.
}

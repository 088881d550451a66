import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

/**
 * V8 lets tens of megabytes of dropped Buffers pile up before it looks for them. Streams that make
 * a Buffer for every chunk and keep no reference are marked with this; who reads such a chunk, and is
 * the last to need it, may {@link dispose} of it. Mark no stream whose chunks anybody else can see.
 */
export function markDisposable<T extends Readable>(stream: T): T {
  marked.add(stream);
  return stream;
}

/** Whether the chunks of a stream belong to its reader alone. */
export function isDisposable(stream: Readable): boolean {
  return marked.has(stream);
}

/** Marks a stream that passes the chunks of `source` on, one by one and unchanged, as `source` is marked. */
export function inheritDisposable<T extends Readable>(source: Readable, stream: T): T {
  return isDisposable(source) ? markDisposable(stream) : stream;
}

/**
 * Frees the memory of a chunk now. It is empty afterwards; nothing may be reading or writing its
 * bytes, on any thread. A chunk that is only a part of its memory is left to the garbage collector.
 */
export function dispose(chunk: Uint8Array): void {
  const { buffer, byteLength } = chunk;
  if (byteLength < MIN_BYTES || byteLength !== buffer.byteLength || !types.isArrayBuffer(buffer)) return;
  // What is sent where nobody listens is freed at once.
  (receiver ??= closedPort()).postMessage(undefined, [buffer]);
}

const marked = new WeakSet<Readable>();

/** Smaller ones cost more to free than to leave. */
const MIN_BYTES = 16 * 1024;

let receiver: MessagePort | undefined;

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

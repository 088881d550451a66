import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

/**
 * Marks a stream that creates a Buffer for every chunk and keeps no reference to it. The last user of such a chunk
 * may {@link dispose} of it, because V8 lets tens of megabytes of dropped Buffers pile up before it frees them. Do
 * not mark a stream whose chunks any other code can see.
 */
export function markDisposable<T extends Readable>(stream: T): T {
  marked.add(stream);
  return stream;
}

/** Whether the chunks of a stream belong to its reader alone. */
export function isDisposable(stream: Readable): boolean {
  return marked.has(stream);
}

/**
 * Marks a stream as disposable if `source` is. The stream has to pass on the chunks of `source` one by one and
 * unchanged.
 */
export function inheritDisposable<T extends Readable>(source: Readable, stream: T): T {
  return isDisposable(source) ? markDisposable(stream) : stream;
}

/**
 * Frees the memory of a chunk now, and leaves it empty. No thread may be reading or writing its bytes. A chunk
 * that is only a part of its memory is left to the garbage collector.
 */
export function dispose(chunk: Uint8Array): void {
  const { buffer, byteLength } = chunk;
  if (byteLength < MIN_BYTES || byteLength !== buffer.byteLength || !types.isArrayBuffer(buffer)) return;
  // A buffer that is transferred to a closed port is freed at once.
  (receiver ??= closedPort()).postMessage(undefined, [buffer]);
}

const marked = new WeakSet<Readable>();

/** Freeing a smaller chunk costs more than leaving it to the garbage collector. */
const MIN_BYTES = 16 * 1024;

let receiver: MessagePort | undefined;

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

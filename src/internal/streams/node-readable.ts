import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { discard, ignoreLateErrors } from './consume.js';

/**
 * Bytes that can be read once: a stream of Node, a web stream, or any other async iterable of bytes, such as a pack of
 * tar-stream, which is not a stream of Node in its current versions.
 */
export type ByteStream = Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

/** Whether a value is a {@link ByteStream}. */
export function isByteStream(value: unknown): value is ByteStream {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/**
 * The same bytes as a stream of Node, which owns the source: destroying it destroys or cancels the source, too. A text
 * in an iterable is written in UTF-8.
 */
export function nodeReadable(source: ByteStream): Readable {
  if (source instanceof Readable) return ignoreLateErrors(source);
  if (source instanceof ReadableStream) return ignoreLateErrors(Readable.fromWeb(source));
  // A foreign stream may fail before its reader has it. As with streams of Node, such an error must not end the process.
  if (isEmitter(source)) source.on('error', () => undefined);
  return ignoreLateErrors(Readable.from(source, { objectMode: false }));
}

function isEmitter(source: object): source is Pick<NodeJS.EventEmitter, 'on'> {
  return 'on' in source && typeof source.on === 'function';
}

/** Ends a stream that nobody will read. A web stream that has a reader belongs to that reader. */
export function discardByteStream(source: ByteStream): void {
  if (source instanceof ReadableStream && source.locked) return;
  discard(nodeReadable(source));
}

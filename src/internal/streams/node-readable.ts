import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { discard, ignoreLateErrors } from './consume.js';

/**
 * Bytes that can be read once: a stream of Node, a web stream, or any other async iterable of bytes and texts, such as a pack
 * of tar-stream, whose types do not say what it yields.
 */
export type ByteStream = Readable | ReadableStream<Uint8Array> | AsyncIterable<unknown>;

/** Whether a value is a {@link ByteStream}. */
export function isByteStream(value: unknown): value is ByteStream {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Keeps an error of a stream that has no reader yet from ending the process. The reader still gets it. */
export function guardByteStream(source: ByteStream): void {
  if (isEmitter(source)) source.on('error', () => undefined);
}

/**
 * The same bytes as a stream of Node, which owns the source: destroying it destroys or cancels the source, too. A text
 * in an iterable is written in UTF-8.
 */
export function nodeReadable(source: ByteStream): Readable {
  if (source instanceof Readable) return ignoreLateErrors(source);
  if (source instanceof ReadableStream) return ignoreLateErrors(Readable.fromWeb(source));
  guardByteStream(source);
  return fromIterable(source);
}

/**
 * Reads an iterable step by step. Unlike `Readable.from`, it does not wait until the source says that it is destroyed, which
 * packs of tar-stream 2 never do.
 */
function fromIterable(source: AsyncIterable<unknown>): Readable {
  const iterator = source[Symbol.asyncIterator]();
  return ignoreLateErrors(
    new Readable({
      read() {
        iterator.next().then(
          ({ done, value }) => this.push(done === true ? null : value),
          (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
        );
      },
      destroy(error, done) {
        if (isDestroyable(source)) source.destroy();
        else iterator.return?.().catch(() => undefined);
        done(error);
      },
    }),
  );
}

function isDestroyable(source: object): source is { destroy(): void } {
  return 'destroy' in source && typeof source.destroy === 'function';
}

function isEmitter(source: object): source is Pick<NodeJS.EventEmitter, 'on'> {
  return 'on' in source && typeof source.on === 'function';
}

/** Ends a stream that nobody will read. A web stream that has a reader belongs to that reader. */
export function discardByteStream(source: ByteStream): void {
  if (source instanceof ReadableStream && source.locked) return;
  discard(nodeReadable(source));
}

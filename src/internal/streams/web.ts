import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { wrongArgument } from '../arguments.js';
import { discard, ignoreLateErrors } from './consume.js';

/*
 * The types are structural, so that the streams of the DOM, of Node and of other implementations fit, and a program that is
 * compiled without the types of the DOM can use them.
 */

/** The reader of a {@link WebReadable}. */
export interface WebReader {
  /** The next chunk. */
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
  /** Ends the stream. */
  cancel(reason?: unknown): Promise<unknown>;
}

/** A `ReadableStream` of bytes, such as the `body` of a `Response`. */
export interface WebReadable {
  /** Locks the stream to one reader. */
  getReader(): WebReader;
}

/** A `Blob` or a `File`. */
export interface WebBlob {
  /** The content as a stream. */
  stream(): WebReadable;
}

/** The writer of a {@link WebWritable}. */
export interface WebWriter {
  /** Settles when the stream can take more. */
  readonly ready: Promise<unknown>;
  /** Writes a chunk. */
  write(chunk: Uint8Array): Promise<unknown>;
  /** Destroys the stream. */
  abort(reason?: unknown): Promise<unknown>;
  /** Unlocks the stream. */
  releaseLock(): void;
}

/** A `WritableStream` of bytes. */
export interface WebWritable {
  /** Locks the stream to one writer. */
  getWriter(): WebWriter;
}

/**
 * Bytes that can be read once: a stream of Node or of the web, a blob, or any other async iterable of bytes and texts, such as
 * a pack of tar-stream, whose types do not say what it yields.
 */
export type ByteSource = Readable | WebReadable | WebBlob | AsyncIterable<unknown>;

/** A stream of bytes to write: of Node, or of the web. */
export type ByteSink = Writable | WebWritable;

/** Whether a value is a {@link ByteSource}. */
export function isByteSource(value: unknown): value is ByteSource {
  if (value instanceof Readable) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || hasMethod(value, 'getReader') || isBlob(value);
}

/** Whether a value is a stream of bytes to write. */
export function isByteSink(value: unknown): value is ByteSink {
  return (
    typeof value === 'object' &&
    value !== null &&
    (hasMethod(value, 'write') || hasMethod(value, 'getWriter'))
  );
}

/** Keeps an error of a stream that has no reader yet from ending the process. The reader still gets it. */
export function guardByteSource(source: ByteSource): void {
  if ('on' in source && typeof source.on === 'function') source.on('error', () => undefined);
}

/**
 * The same bytes as a stream of Node, which owns the source: destroying it destroys or cancels the source, too. A text in an
 * iterable is written in UTF-8.
 *
 * @throws TypeError if a web stream is locked.
 */
export function toReadable(source: ByteSource): Readable {
  if (source instanceof Readable) return ignoreLateErrors(source);
  if ('getReader' in source) return fromWeb(source);
  if (isBlob(source)) return fromWeb(source.stream());
  guardByteSource(source);
  return fromIterable(source);
}

/** Ends a stream that nobody will read. A web stream that has a reader belongs to that reader. */
export function discardByteSource(source: ByteSource): void {
  if ('locked' in source && source.locked === true) return;
  discard(toReadable(source));
}

function fromWeb(source: WebReadable): Readable {
  const reader = source.getReader();
  return ignoreLateErrors(
    new Readable({
      read() {
        reader.read().then(
          ({ done, value }) => {
            if (done) this.push(null);
            else if (value instanceof Uint8Array || typeof value === 'string') this.push(value);
            else this.destroy(new TypeError('a web stream must have chunks of bytes'));
          },
          (error: unknown) => this.destroy(toError(error)),
        );
      },
      destroy(error, done) {
        // A stream that never settles must not keep its consumer waiting.
        reader.cancel(error).catch(() => undefined);
        done(error);
      },
    }),
  );
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
          (error: unknown) => this.destroy(toError(error)),
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
  return hasMethod(source, 'destroy');
}

/**
 * Writes to a sink by a Node stream. After success, a web stream is unlocked and not closed; after a failure it is aborted.
 */
export async function intoSink<T>(sink: ByteSink, use: (writable: Writable) => Promise<T>): Promise<T> {
  if (!('getWriter' in sink)) return use(sink);
  const writer = sink.getWriter();
  const writable = ignoreLateErrors(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        writer.ready
          .then(async () => writer.write(chunk))
          .then(
            () => {
              done();
            },
            (error: unknown) => {
              done(toError(error));
            },
          );
      },
    }),
  );
  try {
    const result = await use(writable);
    writable.end();
    await finished(writable);
    writer.releaseLock();
    return result;
  } catch (error) {
    writable.destroy();
    await Promise.resolve(writer.abort(error)).catch(() => undefined);
    throw error;
  }
}

/** @throws TypeError if an argument is neither a path nor a stream to write. */
export function assertTarget(value: unknown, name = 'target'): void {
  if (typeof value === 'string' || isByteSink(value)) return;
  throw wrongArgument(name, value, 'a path, a Writable or a WritableStream');
}

const hasMethod = (value: object, name: string): boolean =>
  name in value && typeof (value as Readonly<Record<string, unknown>>)[name] === 'function';

function isBlob(value: object): value is WebBlob {
  return hasMethod(value, 'stream') && hasMethod(value, 'arrayBuffer');
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

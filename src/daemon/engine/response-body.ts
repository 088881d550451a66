import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import { markDisposable } from '../../internal/streams/disposable.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** Inspects a body while it is read. */
export interface BodyObserver {
  /** Receives each chunk. */
  take(chunk: Buffer): void;
  /** Called at the end of the body. The stream fails with the error that it throws. */
  end(): void;
}

/** How {@link responseBody} reports errors, and who inspects the body. */
export interface ResponseBodyOptions {
  /** Turns an error of the connection into the error that the reader receives. */
  readonly onBroken: (error: unknown) => Error;
  readonly observer?: BodyObserver | undefined;
}

/** The body of a response. Destroying it closes the connection. */
export function responseBody(
  response: IncomingMessage,
  { onBroken, observer }: ResponseBodyOptions,
): Readable {
  const observerErrors = new Set<unknown>();
  const body = new Transform({
    highWaterMark: ONE_CHUNK,
    transform(chunk: Buffer, _encoding, callback) {
      observer?.take(chunk);
      callback(null, chunk);
    },
    flush(callback) {
      try {
        observer?.end();
      } catch (error) {
        observerErrors.add(error);
        callback(error as Error);
        return;
      }
      callback();
    },
    destroy(error, callback) {
      callback(error === null || observerErrors.has(error) ? error : onBroken(error));
    },
  });
  ignoreLateErrors(body);
  // The error reaches the reader through the stream that is returned.
  pipeline(response, body, () => undefined);
  return markDisposable(body);
}

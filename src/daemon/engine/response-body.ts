import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import { markDisposable } from '../../internal/streams/disposable.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** Looks at a body that passes; what it throws takes the place of the rest, or of the end. */
export interface BodyObserver {
  take(chunk: Buffer): void;
  end(): void;
}

export interface ResponseBodyOptions {
  /** Turns an error of the connection into what the reader sees. */
  readonly onBroken: (error: unknown) => Error;
  readonly observer?: BodyObserver | undefined;
}

/** The body of an answer. Destroying it ends the connection. */
export function responseBody(
  response: IncomingMessage,
  { onBroken, observer }: ResponseBodyOptions,
): Readable {
  const own = new Set<unknown>();
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
        own.add(error);
        callback(error as Error);
        return;
      }
      callback();
    },
    destroy(error, callback) {
      callback(error === null || own.has(error) ? error : onBroken(error));
    },
  });
  ignoreLateErrors(body);
  // The error reaches the reader through the stream that is returned.
  pipeline(response, body, () => undefined);
  return markDisposable(body);
}

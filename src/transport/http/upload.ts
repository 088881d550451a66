import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { dispose, isDisposable } from '../../internal/streams/disposable.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** A request body that is being sent. */
export interface Upload {
  /** Whether the connection has taken all bytes. */
  readonly complete: boolean;
  /** Settles when nothing more will be written; rejects if the source failed. Never rejects after `stop`. */
  readonly done: Promise<void>;
  /** Ends the upload early, for example because the server has already responded. */
  stop(): void;
}

/**
 * Writes a body into a request and ends the request. The source is destroyed on every path. A source that yields more or
 * fewer bytes than were announced fails, so that the server does not wait for the rest.
 */
export function startUpload(
  body: Readable | Uint8Array | undefined,
  sink: Writable,
  announced: number | undefined,
): Upload {
  if (!(body instanceof Readable)) {
    if (body === undefined) sink.end();
    else sink.end(body);
    return { complete: true, done: Promise.resolve(), stop: () => undefined };
  }
  let sent = 0;
  let stopped = false;
  let ended = false;

  const end = (): void => {
    ended = true;
    sink.end();
  };
  const isDisposableBody = isDisposable(body);
  // `for await` would join the chunks that are ready, which costs a copy, so this is a Writable.
  const writer = new Writable({
    highWaterMark: ONE_CHUNK,
    write(chunk: Uint8Array, _encoding, done) {
      sent += chunk.length;
      if (announced !== undefined && sent > announced) {
        done(new SizeMismatchError('request body', announced, sent));
        return;
      }
      const ready =
        sink.destroyed ||
        sink.write(chunk, (error) => {
          if (isDisposableBody && !error) dispose(chunk);
        });
      // The request ends with the last announced byte, because the server may respond before the source ends.
      if (sent === announced) end();
      if (ready || ended) done();
      else onceWritable(sink, done);
    },
    final(done) {
      if (announced !== undefined && sent < announced) {
        done(new SizeMismatchError('request body', announced, sent));
        return;
      }
      if (!ended) end();
      done();
    },
  });
  ignoreLateErrors(writer);
  const done = pipeline(body, writer).catch((error: unknown) => {
    if (!stopped) throw error;
  });
  // If the connection closes, the source is not needed any more. The error of the connection gives the reason.
  sink.once('close', () => {
    stopped ||= !ended;
    body.destroy();
  });

  return {
    get complete() {
      return ended;
    },
    done,
    stop() {
      stopped = true;
      body.destroy();
    },
  };
}

/** Calls back when the sink accepts more bytes, or has closed. */
function onceWritable(sink: Writable, callback: () => void): void {
  const settle = (): void => {
    sink.off('drain', settle);
    sink.off('close', settle);
    callback();
  };
  sink.on('drain', settle);
  sink.on('close', settle);
}

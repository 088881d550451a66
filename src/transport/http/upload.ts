import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { dispose, isDisposable } from '../../internal/streams/disposable.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** A body on its way. */
export interface Upload {
  /** Everything was handed to the connection. */
  readonly complete: boolean;
  /** Settles when nothing more will be written; rejects if the source failed. Never rejects after `stop`. */
  readonly done: Promise<void>;
  /** Ends the source early, as when the server has answered already. */
  stop(): void;
}

/**
 * Writes a body into a request and ends it. The source is destroyed on every path; a source that yields more or less
 * than was announced fails instead of leaving the server waiting.
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
  const own = isDisposable(body);
  // A Writable of our own: `for await` would glue the pieces that are ready into one, which costs a copy.
  const gate = new Writable({
    highWaterMark: ONE_CHUNK,
    write(chunk: Uint8Array, _encoding, taken) {
      sent += chunk.length;
      if (announced !== undefined && sent > announced) {
        taken(new SizeMismatchError('request body', announced, sent));
        return;
      }
      const ready =
        sink.destroyed ||
        sink.write(chunk, (error) => {
          if (own && !error) dispose(chunk);
        });
      // The server may answer as soon as it has the last byte, before the source says that it was the last.
      if (sent === announced) end();
      if (ready || ended) taken();
      else onceWritable(sink, taken);
    },
    final(taken) {
      if (announced !== undefined && sent < announced) {
        taken(new SizeMismatchError('request body', announced, sent));
        return;
      }
      if (!ended) end();
      taken();
    },
  });
  ignoreLateErrors(gate);
  const done = pipeline(body, gate).catch((error: unknown) => {
    if (!stopped) throw error;
  });
  // Without a sink there is nobody to read for; its own error says why.
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

/** Calls back when the sink takes more, or never will. */
function onceWritable(sink: Writable, callback: () => void): void {
  const settle = (): void => {
    sink.off('drain', settle);
    sink.off('close', settle);
    callback();
  };
  sink.on('drain', settle);
  sink.on('close', settle);
}

import { pipeline, type Readable, Transform } from 'node:stream';
import type { AtomicFile } from '../internal/files/atomic-file.js';
import { inheritBudget } from '../internal/streams/budget.js';
import { inheritDisposable } from '../internal/streams/disposable.js';
import { ONE_CHUNK } from '../internal/streams/generated.js';
import { markVerified } from '../internal/streams/verified-mark.js';
import { ignoreLateErrors } from '../internal/streams/consume.js';

/**
 * Passes on a stream that is verified against `digest`, and writes a copy to a file. The file gets its name before the reader
 * sees the end of the stream. If the stream is destroyed early or fails, the file is discarded. If writing the file fails,
 * only the copy ends. Owns the stream and the file.
 */
export function teeToFile(
  source: Readable,
  digest: string,
  file: AtomicFile,
  onFailure: (error: unknown) => void,
): Readable {
  let writing = true;
  /** The running operation on the file, which must not be closed before it ends. */
  let busy = Promise.resolve();
  const runStep = async (step: () => Promise<void> | undefined): Promise<void> => {
    try {
      await step();
    } catch (error) {
      // After the reader has destroyed the stream, no caller needs to know about a failure.
      if (writing) onFailure(error);
      writing = false;
    }
  };
  const tee = new Transform({
    highWaterMark: ONE_CHUNK,
    transform(chunk: Buffer, _encoding, done) {
      // The reader may reuse the chunk before it is written, so the file gets a copy.
      if (writing) busy = runStep(() => file.writeAndDispose(Buffer.from(chunk)));
      void busy.then(() => {
        done(null, chunk);
      });
    },
    flush(done) {
      if (writing) busy = runStep(async () => file.commit());
      void busy.then(() => {
        done();
      });
    },
    destroy(error, done) {
      writing = false;
      // After a commit, discarding does nothing.
      void busy
        .then(async () => file.discard())
        .then(() => {
          done(error);
        });
    },
  });
  ignoreLateErrors(tee);
  // An error reaches the reader through the returned stream.
  pipeline(source, tee, () => undefined);
  return markVerified(inheritBudget(source, inheritDisposable(source, tee)), digest);
}

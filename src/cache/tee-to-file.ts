import { pipeline, type Readable, Transform } from 'node:stream';
import type { AtomicFile } from '../internal/files/atomic-file.js';
import { withBudgetOf } from '../internal/streams/budget.js';
import { asDisposableAs } from '../internal/streams/disposable.js';
import { ONE_CHUNK } from '../internal/streams/generated.js';
import { markVerified } from '../internal/streams/verified-mark.js';
import { expectLater } from '../internal/streams/consume.js';

/**
 * Passes on a stream that checks itself against `digest`, and writes a copy into a file, which gets its name before
 * the end is seen. Given up early, or after an error, the file is discarded; what is wrong
 * with the file ends the copy, and not the stream. Owns both.
 */
export function teeToFile(
  source: Readable,
  digest: string,
  file: AtomicFile,
  onFailure: (error: unknown) => void,
): Readable {
  let writing = true;
  /** What is being done to the file, which must not be closed meanwhile. */
  let busy = Promise.resolve();
  const runStep = async (step: () => Promise<void> | undefined): Promise<void> => {
    try {
      await step();
    } catch (error) {
      // Whoever has gone does not want to know.
      if (writing) onFailure(error);
      writing = false;
    }
  };
  const tee = new Transform({
    highWaterMark: ONE_CHUNK,
    transform(chunk: Buffer, _encoding, done) {
      // The reader may free the chunk before the file has it.
      if (writing) busy = runStep(() => file.give(Buffer.from(chunk)));
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
      // After the commit that does nothing.
      void busy
        .then(async () => file.discard())
        .then(() => {
          done(error);
        });
    },
  });
  expectLater(tee);
  // The error reaches the reader through the stream that is returned.
  pipeline(source, tee, () => undefined);
  return markVerified(withBudgetOf(source, asDisposableAs(source, tee)), digest);
}

import { Readable } from 'node:stream';

import { discard, ignoreLateErrors } from './consume.js';

/**
 * A Readable of the chunks that `generate` yields from `source`.
 *
 * Unlike `Readable.from`, it destroys `source` at once when it is destroyed, even while the generator waits for
 * `source`, so that the generator ends.
 */
export function generated(source: Readable, generate: () => AsyncGenerator<Uint8Array>): Readable {
  ignoreLateErrors(source);
  const chunks = generate();
  let ended = false;
  return ignoreLateErrors(
    new Readable({
      highWaterMark: HIGH_WATER_MARK,
      read() {
        chunks.next().then(
          ({ done, value }) => {
            ended = done === true;
            this.push(ended ? null : value);
          },
          (error: unknown) => {
            this.destroy(error as Error);
          },
        );
      },
      destroy(error, callback) {
        discard(source);
        const finished = (): void => {
          callback(error);
        };
        if (ended) finished();
        else chunks.return(undefined).then(finished, finished);
      },
    }),
  );
}

/** Bytes buffered between two steps of a pipeline. */
export const HIGH_WATER_MARK = 256 * 1024;

/**
 * The high water mark of a step that only passes chunks on, so that it holds one. Node would join several into one
 * large copy for its reader.
 */
export const ONE_CHUNK = 1;

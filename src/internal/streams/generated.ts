import { Readable } from 'node:stream';

import { discard, ignoreLateErrors } from './consume.js';

/**
 * A Readable of what `generate` yields from `source`.
 *
 * Unlike `Readable.from`, destroying it destroys `source` at once, also while
 * the generator waits for it, so that no generator is left hanging.
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
 * The high water mark of a step that only passes chunks on: it holds one. Of several, Node would make
 * its reader one large copy.
 */
export const ONE_CHUNK = 1;

import { Readable } from 'node:stream';

import { discard, ignoreLateErrors } from './consume.js';
import { HIGH_WATER_MARK } from './generated.js';

/**
 * A Readable whose source is opened by the first read.
 *
 * Destroying it aborts the signal, which has to end the opening and whatever fills the source, and destroys the
 * source. It closes when both have ended.
 */
export function lazyStream(open: (signal: AbortSignal) => Readable | Promise<Readable>): Readable {
  const destroyed = new AbortController();
  let source: AsyncIterator<unknown> | undefined;
  let opening: Promise<Readable> | undefined;

  const start = async (): Promise<AsyncIterator<unknown>> => {
    opening = (async () => open(destroyed.signal))();
    const opened = await opening;
    ignoreLateErrors(opened);
    return opened[Symbol.asyncIterator]();
  };
  return ignoreLateErrors(
    new Readable({
      highWaterMark: HIGH_WATER_MARK,
      read() {
        const step = async (): Promise<void> => {
          source ??= await start();
          const next = await source.next();
          this.push(next.done === true ? null : next.value);
        };
        step().catch((error: unknown) => {
          this.destroy(error instanceof Error ? error : new Error(String(error)));
        });
      },
      destroy(error, callback) {
        destroyed.abort(error ?? new Error('the stream was destroyed'));
        const closed = (): void => {
          callback(error);
        };
        if (opening === undefined) closed();
        else opening.then(discard, () => undefined).then(closed, closed);
      },
    }),
  );
}

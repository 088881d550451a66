import type { Readable } from 'node:stream';
import { type AbortOptions, firstSignal } from '../async/abort.js';
import { markDisposable } from '../streams/disposable.js';
import { lazyStream } from '../streams/lazy-stream.js';
import { createTar, type TarWriter, type TarWriterOptions } from './tar.js';

/**
 * A tar that is written while it is read. Nothing happens before the first read. Destroying the stream aborts the
 * writing.
 */
export function lazyTar(
  write: (tar: TarWriter, options: { readonly signal: AbortSignal }) => Promise<void>,
  { signal: callerSignal, maxBytes }: AbortOptions & TarWriterOptions = {},
): Readable {
  return markDisposable(
    lazyStream((destroyed) => {
      const signal = firstSignal(callerSignal, destroyed);
      const tar = createTar({ maxBytes });
      const run = async (): Promise<void> => {
        signal.throwIfAborted();
        await write(tar, { signal });
        await tar.finish();
      };
      run().catch((error: unknown) => {
        tar.stream.destroy(error instanceof Error ? error : new Error(String(error)));
      });
      return tar.stream;
    }),
  );
}

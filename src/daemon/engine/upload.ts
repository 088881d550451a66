import { Writable } from 'node:stream';
import type { ClientRequest } from 'node:http';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { OpenedRequest } from './open-request.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/**
 * Writes the body of a request while its answer is waited for, which may come first: a daemon that fails in the
 * middle says so and reads no further. Gives what `read` makes of the answer. The connection is closed on all paths.
 */
export async function upload<T>(
  { request }: OpenedRequest,
  write: (target: Writable, options: AbortOptions) => Promise<void>,
  { signal }: AbortOptions,
  read: () => Promise<T>,
): Promise<T> {
  const responded = new AbortController();
  const answering = read();
  const stop = (): void => {
    responded.abort(new Error('the daemon has answered'));
  };
  answering.then(stop, stop);
  try {
    const either = signal === undefined ? responded.signal : AbortSignal.any([signal, responded.signal]);
    await write(into(request), { signal: either });
    request.end();
  } catch (error) {
    signal?.throwIfAborted();
    // What ended the writing is in the answer, or in its absence. A daemon that is content need not read the very end.
    if (!responded.signal.aborted && !request.destroyed) {
      request.destroy();
      throw error;
    }
  }
  try {
    return await answering;
  } finally {
    request.destroy();
  }
}

/** Enough that the next chunk is there when one is sent. */
const HIGH_WATER_MARK = 512 * 1024;

/**
 * What is written to the request. It keeps nothing of a chunk once it has called back. Destroying it leaves the request
 * alone, whose answer may still come.
 */
function into(request: ClientRequest): Writable {
  return ignoreLateErrors(
    new Writable({
      highWaterMark: HIGH_WATER_MARK,
      write(chunk: Uint8Array, _encoding, callback) {
        request.write(chunk, callback);
      },
    }),
  );
}

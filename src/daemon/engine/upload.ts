import { Writable } from 'node:stream';
import type { ClientRequest } from 'node:http';
import { type AbortOptions, firstSignal } from '../../internal/async/abort.js';
import type { OpenedRequest } from './open-request.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/**
 * Writes the body of a request, and waits for the response at the same time: a daemon that fails during the upload
 * responds before it has read the whole body. Returns the result of `read`, which reads the response. The connection is
 * closed in all cases.
 */
export async function upload<T>(
  { request }: OpenedRequest,
  write: (target: Writable, options: AbortOptions) => Promise<void>,
  { signal }: AbortOptions,
  read: () => Promise<T>,
): Promise<T> {
  const responded = new AbortController();
  const reading = read();
  const stop = (): void => {
    responded.abort(new Error('the daemon has responded'));
  };
  reading.then(stop, stop);
  try {
    const abortOrResponse = firstSignal(signal, responded.signal);
    await write(requestBody(request), { signal: abortOrResponse });
    request.end();
  } catch (error) {
    signal?.throwIfAborted();
    // If the response has arrived or the connection is closed, `read` knows the reason. A daemon may also succeed without
    // having read the whole body.
    if (!responded.signal.aborted && !request.destroyed) {
      request.destroy();
      throw error;
    }
  }
  try {
    return await reading;
  } finally {
    request.destroy();
  }
}

/** Large enough that the next chunk is ready when one has been sent. */
const HIGH_WATER_MARK = 512 * 1024;

/**
 * A stream that writes to the request. It keeps no reference to a chunk after its callback. Destroying it does not destroy
 * the request, whose response may still arrive.
 */
function requestBody(request: ClientRequest): Writable {
  return ignoreLateErrors(
    new Writable({
      highWaterMark: HIGH_WATER_MARK,
      write(chunk: Uint8Array, _encoding, callback) {
        request.write(chunk, callback);
      },
    }),
  );
}

import { type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fstatAsync } from '../../internal/files/descriptors.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { markDisposable } from '../../internal/streams/disposable.js';
import { fileSystemError, openFile } from '../../internal/files/open-file.js';
import { assertUnchanged } from '../../internal/files/unchanged.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

const CHUNK_BYTES = 256 * 1024;

/**
 * Opens one file any number of times, and checks that it is the same file with the same content each time: identity,
 * size and modification time are compared before and after each read.
 */
export function fileSource(path: string): (options?: AbortOptions) => Promise<Readable> {
  let first: BigIntStats | undefined;
  const check = (now: BigIntStats): void => {
    first ??= now;
    assertUnchanged(path, first, now);
  };

  async function* chunks(): AsyncGenerator<Buffer> {
    const file = await openFile(path);
    try {
      check(await fstatAsync(file.fd, { bigint: true }));
      for (let position = 0; ;) {
        const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        const count = await file.readInto(buffer, 0, CHUNK_BYTES, position);
        if (count === 0) break;
        position += count;
        yield buffer.subarray(0, count);
      }
      check(await fstatAsync(file.fd, { bigint: true }));
    } finally {
      await file.close();
    }
  }

  return async ({ signal } = {}) => {
    signal?.throwIfAborted();
    try {
      check(await stat(path, { bigint: true }));
    } catch (error) {
      throw fileSystemError('read', path, error);
    }
    // The file is opened by the first read, so a stream that is never read has no file descriptor.
    return markDisposable(
      ignoreLateErrors(Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK_BYTES, signal })),
    );
  };
}

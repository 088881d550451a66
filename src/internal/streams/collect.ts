import type { Readable } from 'node:stream';

import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../async/abort.js';
import { consume } from './consume.js';

export interface CollectOptions extends AbortOptions {
  readonly maxBytes: number;
  /** The public option that raises `maxBytes`, for the error; undefined if the cap is fixed. */
  readonly option?: string | undefined;
  /** The start of an error's message. */
  readonly subject: string;
}

/**
 * Reads a whole small document into memory. Owns the source, which is destroyed in every case.
 *
 * The cap counts bytes that arrived, and trusts no declared size.
 *
 * @throws LimitExceededError if the document is larger than `maxBytes`.
 */
export async function collect(source: Readable, options: CollectOptions): Promise<Buffer> {
  const { maxBytes, option, subject, signal } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  await consume(
    source,
    (chunk) => {
      size += chunk.byteLength;
      if (size > maxBytes) throw new LimitExceededError(subject, maxBytes, option);
      chunks.push(chunk);
      return undefined;
    },
    { signal },
  );
  return Buffer.concat(chunks, size);
}

import type { Readable } from 'node:stream';

import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../async/abort.js';
import { consume } from './consume.js';

export interface CollectOptions extends AbortOptions {
  readonly maxBytes: number;
  /** The public option that raises `maxBytes`; an error names it. */
  readonly option: string;
  /** Starts the message of an error. */
  readonly subject: string;
}

/**
 * Reads a small document whole. Owns the source: it is destroyed on every path.
 *
 * The cap counts bytes that were read, never a size that somebody declared.
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

import type { Readable } from 'node:stream';

import { generated } from './generated.js';

/** The bytes of `source` from `offset` on. The bytes before it are read and dropped. Owns the source. */
export function fromOffset(source: Readable, offset: number): Readable {
  return generated(source, async function* () {
    let left = offset;
    // Byte streams yield bytes, never objects.
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      if (left < chunk.byteLength) yield chunk.subarray(left);
      left = Math.max(left - chunk.byteLength, 0);
    }
  });
}

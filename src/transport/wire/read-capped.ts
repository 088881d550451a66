import type { Readable } from 'node:stream';

export interface CappedBytes {
  readonly bytes: Buffer;
  /** There was more than the cap; the rest was not read. */
  readonly truncated: boolean;
}

/** Reads at most `cap` bytes and destroys the stream, whose socket is kept only if the body ended within the cap. */
export async function readCapped(body: Readable, cap: number): Promise<CappedBytes> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early destroys the stream.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > cap) return { bytes: Buffer.concat(chunks).subarray(0, cap), truncated: true };
  }
  return { bytes: Buffer.concat(chunks), truncated: false };
}

/** Largest unwanted body that is read to keep its connection. */
const DISCARD_CAP = 64 * 1024;

/** Lets go of a body that nobody wants: a short one is read away so that its connection can be used again. */
export function discard(body: Readable): void {
  readCapped(body, DISCARD_CAP).catch(() => undefined);
}

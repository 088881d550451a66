import type { Readable } from 'node:stream';

/** The first bytes of a stream. */
export interface CappedBytes {
  readonly bytes: Buffer;
  /** Whether the stream had more bytes than the cap. They were not read. */
  readonly truncated: boolean;
}

/** Reads at most `cap` bytes and destroys the stream. Its socket can be reused only if the body ended within the cap. */
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

/** Largest unwanted body, in bytes, that is read in order to keep its connection. */
const DISCARD_CAP = 64 * 1024;

/** Discards a body. A short body is read to its end, so that its connection can be reused. */
export function discard(body: Readable): void {
  readCapped(body, DISCARD_CAP).catch(() => undefined);
}

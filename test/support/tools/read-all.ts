import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** The bytes of a stream. */
export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Digest and size of a stream of any length. */
export async function measure(
  stream: Readable,
  algorithm = 'sha256',
): Promise<{ readonly digest: string; readonly size: number }> {
  const hash = createHash(algorithm);
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.byteLength;
  }
  return { digest: `${algorithm}:${hash.digest('hex')}`, size };
}

/** Digest of bytes, computed without the code under test. */
export function sha256Of(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

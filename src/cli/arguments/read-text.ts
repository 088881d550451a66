import { addAbortSignal, type Readable } from 'node:stream';
import { UsageError } from '../terminal/exit-code.js';

/** Reads all of stdin. */
export async function readText(stream: Readable, maxBytes: number, signal: AbortSignal): Promise<string> {
  return (await readBytes(stream, maxBytes, signal)).toString('utf8');
}

/** Reads all of stdin as bytes. */
export async function readBytes(stream: Readable, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    size += bytes.byteLength;
    if (size > maxBytes) throw new UsageError(`stdin has more than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

import { addAbortSignal, type Readable, type Writable } from 'node:stream';
import { Interrupted } from './exit-code.js';

/** What a run of the command line touches of its process; the tests bring their own. */
export interface Io {
  readonly stdin: Readable;
  /** Data, and nothing else. */
  readonly stdout: Writable;
  /** Progress, warnings and errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on SIGINT and SIGTERM, and when the reader of stdout has gone. */
  readonly signal: AbortSignal;
}

/** Writes all of `text` and waits until the stream has taken it; who waits for a reader that left is interrupted. */
export async function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  if (text.length === 0) return;
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject('code' in error && error.code === 'EPIPE' ? new Interrupted('SIGPIPE') : error);
      else resolve();
    });
  });
}

/** Writes a stream to stdout, no faster than it is read. */
export async function writeStream({ stdout, signal }: Io, source: Readable): Promise<void> {
  // Leaving the loop destroys the source.
  for await (const chunk of addAbortSignal(signal, source) as AsyncIterable<Uint8Array>) {
    await write(stdout, chunk);
  }
}

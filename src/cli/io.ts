import type { Readable, Writable } from 'node:stream';

/** What a run of the command line touches of its process; the tests bring their own. */
export interface Io {
  readonly stdin: Readable;
  /** Data, and nothing else. */
  readonly stdout: Writable;
  /** Progress, warnings and errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on SIGINT and SIGTERM, and when the reader of stdout has gone. */
  readonly signal: AbortSignal;
}

/** Writes all of `text` and waits until the stream has taken it. */
export async function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  if (text.length === 0) return;
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

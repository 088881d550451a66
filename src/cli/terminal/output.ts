import { addAbortSignal, type Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { visible, visibleLines } from '../../errors/visible.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { Interrupted, UsageError } from './exit-code.js';
import type { Io } from './io.js';

/**
 * The only code that prints. A terminal never gets control characters: text from registries and archives is escaped for it.
 * A pipe or a file gets data as it is.
 */
export interface Output {
  readonly data: Data;
  readonly messages: Messages;
}

/** The result of a command, on stdout. */
export interface Data {
  /** Width of the terminal in columns; undefined if stdout is not a terminal. */
  readonly columns: number | undefined;
  /** The stream for an archive. A terminal cannot show an archive, so writing to it fails there. */
  readonly archive: Writable;
  /** Prints one line. */
  line(text: string): Promise<void>;
  /** Prints text or bytes as they are. */
  raw(content: string | Uint8Array): Promise<void>;
  /** Prints a stream with backpressure, and always destroys it. */
  stream(source: Readable): Promise<void>;
}

/** Messages on stderr. They are always escaped, because logs are also read on terminals. */
export interface Messages {
  /** The size of the terminal; undefined if stderr is not a terminal. */
  size(): { readonly columns: number; readonly rows: number } | undefined;
  /**
   * Erases the `erased` lines, which were printed last, and prints lines. Resolves when they are written, and also if stderr
   * is closed: the command still completes its work.
   */
  print(lines: readonly string[], erased?: readonly string[]): Promise<void>;
  /** Prints text without a newline, such as a question. */
  raw(text: string): Promise<void>;
}

export function newOutput(io: Pick<Io, 'stdout' | 'stderr' | 'signal'>): Output {
  return { data: newData(io), messages: newMessages(io.stderr) };
}

function newData({ stdout, signal }: Pick<Io, 'stdout' | 'signal'>): Data {
  const isTerminal = stdout.isTTY === true;
  const raw = async (content: string | Uint8Array): Promise<void> => {
    const shown = isTerminal ? visibleLines(Buffer.from(content).toString()) : content;
    return write(stdout, shown);
  };
  return {
    columns: isTerminal ? sizeOf(stdout).columns : undefined,
    archive: isTerminal ? noArchive() : stdout,
    line: async (text) => write(stdout, `${isTerminal ? visible(text) : text}\n`),
    raw,
    stream: async (source) => {
      const decoder = new StringDecoder('utf8');
      // The loop destroys the source, also if it ends early.
      for await (const chunk of addAbortSignal(signal, source) as AsyncIterable<Uint8Array>) {
        // A character may be split between two chunks.
        await raw(isTerminal ? decoder.write(Buffer.from(chunk)) : chunk);
      }
      if (isTerminal) await raw(decoder.end());
    },
  };
}

function noArchive(): Writable {
  return ignoreLateErrors(
    new Writable({
      write: (_chunk, _encoding, done) => {
        done(new UsageError('a terminal cannot show an archive', 'name a file, or send stdout to one'));
      },
    }),
  );
}

export function newMessages(stderr: Io['stderr']): Messages {
  return {
    size: () => (stderr.isTTY === true ? sizeOf(stderr) : undefined),
    print: async (lines, erased = []) => {
      const height = rowsOf(erased, sizeOf(stderr).columns);
      // A terminal echoes ^C at the cursor, so the cursor may not be at the start of its line.
      const erase = height === 0 ? '' : `\r\u001B[${height}A\u001B[0J`;
      const text = erase + lines.map((line) => `${visible(line)}\n`).join('');
      await write(stderr, text).catch(() => undefined);
    },
    raw: async (text) => write(stderr, visibleLines(text)).catch(() => undefined),
  };
}

/** How many rows the lines fill. A terminal that became narrower since they were printed has wrapped them. */
function rowsOf(lines: readonly string[], columns: number): number {
  let rows = 0;
  for (const text of lines) rows += Math.max(Math.ceil(visible(text).length / columns), 1);
  return rows;
}

/** Some terminals report a size of 0, because they do not know it. */
function sizeOf({ columns = 0, rows = 0 }: Io['stdout']): {
  readonly columns: number;
  readonly rows: number;
} {
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
}

/** Writes all of `text` and waits until it is written. If the reader has closed the stream, the run is interrupted. */
async function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  if (text.length === 0) return;
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject('code' in error && error.code === 'EPIPE' ? new Interrupted('SIGPIPE') : error);
      else resolve();
    });
  });
}

import type { Readable, Writable } from 'node:stream';

/** What a run of the command line touches of its process; the tests bring their own. */
export interface Io extends Input {
  /** Data, and nothing else. */
  readonly stdout: MaybeTerminal;
  /** Progress, warnings and errors. */
  readonly stderr: MaybeTerminal;
}

/** What a command reads. It prints through its `Cli`. */
export interface Input {
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on SIGINT and SIGTERM, and when the reader of stdout has gone. */
  readonly signal: AbortSignal;
}

type MaybeTerminal = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

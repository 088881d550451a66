import type { Readable, Writable } from 'node:stream';

/** The parts of the process that a run uses. Tests pass their own. */
export interface Io extends Input {
  /** Gets data only. */
  readonly stdout: MaybeTerminal;
  /** Gets progress, warnings and errors. */
  readonly stderr: MaybeTerminal;
}

/** The input of a command. A command prints through its `Cli`. */
export interface Input {
  readonly stdin: MaybeKeyboard;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on SIGHUP, SIGINT and SIGTERM, and when the reader of stdout has closed it. */
  readonly signal: AbortSignal;
}

/** The stream of keys, if stdin is a terminal. */
type MaybeKeyboard = Readable & {
  readonly isTTY?: boolean;
  readonly setRawMode?: (isRaw: boolean) => unknown;
};

type MaybeTerminal = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

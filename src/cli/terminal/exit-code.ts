import { CommanderError } from 'commander';
import { ContainerError, isContainerError } from '../../errors/base.js';
import { FileSystemError } from '../../errors/file-system.js';
import { IncompleteListError } from '../../errors/service/incomplete-list.js';
import { PartialFailureError } from '../../errors/service/partial-failure.js';

const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

export type EndingSignal = keyof typeof signalCodes;

/** The run ends early because of a signal. */
export class Interrupted extends Error {
  static {
    this.prototype.name = 'Interrupted';
  }

  readonly exitCode: number;
  /** Whether no message is printed: the program that closed the output knows that it did. */
  readonly silent: boolean;

  constructor(signal: EndingSignal) {
    super(signal === 'SIGPIPE' ? 'the reader of the output has gone' : `interrupted by ${signal}`);
    this.exitCode = signalCodes[signal];
    this.silent = signal === 'SIGPIPE';
  }
}

/** The command has printed its result, which the exit code repeats for scripts. No message is printed. */
export class ResultCode extends Error {
  static {
    this.prototype.name = 'ResultCode';
  }

  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the result has the exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The arguments are valid, but do not fit together, or one is missing. */
export class UsageError extends ContainerError<'USAGE'> {
  static {
    this.prototype.name = 'UsageError';
  }

  constructor(message: string, hint?: string) {
    super('USAGE', message, { hint });
  }
}

export const FAILURE = 1;
export const USAGE = 2;
const NOT_FOUND = 3;
const AUTHENTICATION = 4;
const NETWORK = 5;
const VERIFICATION = 6;

/** Exit codes by error code; docs/cli.md explains them. */
const byCode: Readonly<Record<string, number>> = {
  USAGE,
  BAD_NAME: USAGE,
  BAD_DIGEST: USAGE,
  BAD_PLATFORM: USAGE,
  BAD_PATTERN: USAGE,
  AMBIGUOUS: USAGE,
  NOT_FOUND,
  AUTH: AUTHENTICATION,
  TRANSPORT: NETWORK,
  DIGEST_MISMATCH: VERIFICATION,
  SIZE_MISMATCH: VERIFICATION,
  MANIFEST_INVALID: VERIFICATION,
  ARCHIVE_INVALID: VERIFICATION,
  SOURCE_CHANGED: VERIFICATION,
  UNSAFE_PATH: VERIFICATION,
  VALIDATION: VERIFICATION,
};

/** The exit code of the process for the error that ended the run. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted || error instanceof ResultCode) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof PartialFailureError || error instanceof IncompleteListError)
    return exitCodeOf(error.cause);
  if (error instanceof FileSystemError && error.systemCode === 'ENOENT') return NOT_FOUND;
  if (isContainerError(error)) return byCode[error.code] ?? FAILURE;
  return FAILURE;
}

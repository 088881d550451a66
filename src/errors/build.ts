import { ContainerError } from './base.js';

/** The instruction that failed. */
export interface BuildErrorDetails {
  /** Counted from 1. */
  readonly line: number;
  /** The instruction as it is written. */
  readonly instruction: string;
  /** The name of the file in the message. @default Dockerfile */
  readonly file?: string | undefined;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** An instruction of a Dockerfile that cannot be carried out, such as COPY of a file that does not exist. */
export class BuildError extends ContainerError<'BUILD_FAILED'> {
  static {
    this.prototype.name = 'BuildError';
  }

  /** Counted from 1. */
  readonly line: number;
  /** The instruction as it is written. */
  readonly instruction: string;

  constructor(reason: string, { line, instruction, file = 'Dockerfile', hint, cause }: BuildErrorDetails) {
    super('BUILD_FAILED', `${file}:${line}: ${reason}`, { hint, ...(cause !== undefined && { cause }) });
    this.line = line;
    this.instruction = instruction;
  }
}

import { ContainerError } from '../base.js';

/** The kind of mistake in a Dockerfile, for programs. */
export type DockerfileProblem =
  | 'arguments'
  | 'check'
  | 'directive'
  | 'expansion'
  | 'flag'
  | 'heredoc'
  | 'instruction'
  | 'size'
  | 'stage'
  | 'syntax';

/** The position of a mistake in a Dockerfile, and how to correct it. */
export interface DockerfileErrorDetails {
  /** The kind of mistake, for programs. */
  readonly problem: DockerfileProblem;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** The name of the file in the message. @default Dockerfile */
  readonly file?: string | undefined;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** A Dockerfile that cannot be parsed or evaluated. The message starts with file, line and column. */
export class DockerfileError extends ContainerError<'DOCKERFILE_INVALID'> {
  static {
    this.prototype.name = 'DockerfileError';
  }

  /** The kind of mistake, for programs. */
  readonly problem: DockerfileProblem;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;

  constructor(reason: string, details: DockerfileErrorDetails) {
    const { problem, line, column, file = 'Dockerfile', hint, cause } = details;
    super('DOCKERFILE_INVALID', `${file}:${line}:${column}: ${reason}`, {
      hint,
      ...(cause !== undefined && { cause }),
    });
    this.problem = problem;
    this.line = line;
    this.column = column;
  }
}

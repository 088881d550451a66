import { ContainerError } from '../base.js';

/** What is wrong with a Dockerfile, for programs. */
export type DockerfileProblem =
  'arguments' | 'directive' | 'expansion' | 'flag' | 'heredoc' | 'instruction' | 'size' | 'stage' | 'syntax';

/** Where in a Dockerfile an error is, and how it can be mended. */
export interface DockerfileErrorDetails {
  /** What is wrong, for programs. */
  readonly problem: DockerfileProblem;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** How the message calls the file. @default Dockerfile */
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

  /** What is wrong, for programs. */
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

import { ContainerError } from '../base.js';

/** One part of a larger operation that failed. */
export interface Failure {
  /** What failed, such as a reference. */
  readonly subject: string;
  readonly error: unknown;
}

/** Some parts of an operation on many things failed; the others were completed. */
export class PartialFailureError extends ContainerError<'PARTIAL_FAILURE'> {
  static {
    this.prototype.name = 'PartialFailureError';
  }

  readonly failures: readonly Failure[];

  constructor(operation: string, failures: readonly Failure[], total: number) {
    const summaries = failures.map(({ subject, error }) => `${subject}: ${messageOf(error)}`);
    super('PARTIAL_FAILURE', `${operation}: ${failures.length} of ${total} failed: ${summaries.join('; ')}`, {
      cause: failures[0]?.error,
    });
    this.failures = Object.freeze([...failures]);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

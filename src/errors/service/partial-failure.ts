import { ContainerError } from '../base.js';

/** One failed part of a larger operation. */
export interface Failure {
  /** The name of the failed part, such as a reference. */
  readonly subject: string;
  /** Whatever the part threw. */
  readonly error: unknown;
}

/** Some parts of an operation failed. The other parts were completed. `cause` is the first failure. */
export class PartialFailureError extends ContainerError<'PARTIAL_FAILURE'> {
  static {
    this.prototype.name = 'PartialFailureError';
  }

  /** All failures, in the order of the parts. */
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

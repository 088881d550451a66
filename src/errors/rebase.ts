import { ContainerError, type ContainerErrorOptions } from './base.js';

/**
 * Why an image cannot be rebased: it does not start with the layers of the old base (`not-a-base`), the new base is for
 * another platform (`platform`), a history does not fit its layers (`history`), it is an artifact (`artifact`), or neither
 * the caller nor the image says what it is based on (`no-base`).
 */
export type RebaseProblem = 'not-a-base' | 'platform' | 'history' | 'artifact' | 'no-base';

/** An image, its old base and its new base do not fit together. `problem` says why. */
export class RebaseError extends ContainerError<'REBASE'> {
  static {
    this.prototype.name = 'RebaseError';
  }

  /** The first condition of a rebase that does not hold. */
  readonly problem: RebaseProblem;

  constructor(problem: RebaseProblem, message: string, options?: ContainerErrorOptions) {
    super('REBASE', message, options);
    this.problem = problem;
  }
}

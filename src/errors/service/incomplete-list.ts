import { ContainerError } from '../base.js';

/** A registry gave the beginning of a list, and failed before its end. `cause` says how. */
export class IncompleteListError extends ContainerError<'INCOMPLETE_LIST'> {
  static {
    this.prototype.name = 'IncompleteListError';
  }

  /** The names that came before, in the registry's order. */
  readonly listed: readonly string[];

  constructor(cause: ContainerError, listed: readonly string[]) {
    const { message, hint } = cause;
    super('INCOMPLETE_LIST', `${message} (after ${listed.length} names)`, { cause, hint });
    this.listed = Object.freeze([...listed]);
  }
}

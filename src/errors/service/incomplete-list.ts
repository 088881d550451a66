import { ContainerError } from '../base.js';

/** A registry returned the beginning of a list and then failed. `cause` is the failure. */
export class IncompleteListError extends ContainerError<'INCOMPLETE_LIST'> {
  static {
    this.prototype.name = 'IncompleteListError';
  }

  /** The names that arrived before the failure, in the registry's order. */
  readonly listed: readonly string[];

  constructor(cause: ContainerError, listed: readonly string[]) {
    const { message, hint } = cause;
    super('INCOMPLETE_LIST', `${message} (after ${listed.length} names)`, { cause, hint });
    this.listed = Object.freeze([...listed]);
  }
}

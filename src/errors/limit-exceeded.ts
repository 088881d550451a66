import { ContainerError } from './base.js';

/** Input is larger, longer or more deeply nested than the cap that guards against hostile input. */
export class LimitExceededError extends ContainerError<'LIMIT_EXCEEDED'> {
  static {
    this.prototype.name = 'LimitExceededError';
  }

  /** The name of the option that raises the cap; undefined if the cap is fixed. */
  readonly option: string | undefined;
  /** The cap that was exceeded, in the unit that the message implies: bytes, entries, pages or levels. */
  readonly limit: number;

  constructor(subject: string, limit: number, option?: string) {
    super('LIMIT_EXCEEDED', `${subject} exceeds the limit of ${limit}`, {
      hint: option === undefined ? undefined : `raise \`${option}\` if this input is trusted`,
    });
    this.option = option;
    this.limit = limit;
  }
}

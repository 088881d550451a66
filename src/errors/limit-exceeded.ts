import { ContainerError } from './base.js';

/** Input is larger, deeper or longer than the cap that guards against hostile input. */
export class LimitExceededError extends ContainerError<'LIMIT_EXCEEDED'> {
  static {
    this.prototype.name = 'LimitExceededError';
  }

  /** The option that raises the cap; undefined for a cap that is fixed. */
  readonly option: string | undefined;
  readonly limit: number;

  constructor(subject: string, limit: number, option?: string) {
    super('LIMIT_EXCEEDED', `${subject} exceeds the limit of ${limit}`, {
      hint: option === undefined ? undefined : `raise \`${option}\` if this input is trusted`,
    });
    this.option = option;
    this.limit = limit;
  }
}

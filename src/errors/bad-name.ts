import { ContainerError } from './base.js';

/** A reference, repository, registry, tag or digest that its grammar does not allow. */
export class BadNameError extends ContainerError<'BAD_NAME'> {
  static {
    this.prototype.name = 'BadNameError';
  }

  /** The text that was refused, cut to 256 characters. */
  readonly input: string;

  constructor(input: string, reason: string, hint?: string) {
    const shown = input.slice(0, 256);
    super('BAD_NAME', `cannot parse ${JSON.stringify(shown)}: ${reason}`, { hint });
    this.input = shown;
  }
}

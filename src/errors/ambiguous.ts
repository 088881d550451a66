import { ContainerError, type ContainerErrorOptions } from './base.js';

/** Several images match a request for one image, and nothing says which one to take. */
export class AmbiguousError extends ContainerError<'AMBIGUOUS'> {
  static {
    this.prototype.name = 'AmbiguousError';
  }

  /** The tags, digests or platforms to choose from, all of them; the message lists the first 20. */
  readonly choices: readonly string[];

  constructor(message: string, choices: readonly string[], options?: ContainerErrorOptions) {
    const shown = choices.length > MAX_SHOWN ? [...choices.slice(0, MAX_SHOWN), '...'] : choices;
    super('AMBIGUOUS', `${message}: ${shown.join(', ')}`, options);
    this.choices = Object.freeze([...choices]);
  }
}

const MAX_SHOWN = 20;

import { ContainerError, type ContainerErrorOptions } from './base.js';

/** One image was asked for where several are, and nothing said which. */
export class AmbiguousError extends ContainerError<'AMBIGUOUS'> {
  static {
    this.prototype.name = 'AmbiguousError';
  }

  /** What to choose from: tags, digests or platforms. */
  readonly choices: readonly string[];

  constructor(message: string, choices: readonly string[], options?: ContainerErrorOptions) {
    const shown = choices.length > MAX_SHOWN ? [...choices.slice(0, MAX_SHOWN), '...'] : choices;
    super('AMBIGUOUS', `${message}: ${shown.join(', ')}`, options);
    this.choices = Object.freeze([...choices]);
  }
}

const MAX_SHOWN = 20;

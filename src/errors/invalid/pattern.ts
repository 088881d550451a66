import { ContainerError } from '../base.js';

/** A pattern for file names is not valid. */
export class BadPatternError extends ContainerError<'BAD_PATTERN'> {
  static {
    this.prototype.name = 'BadPatternError';
  }

  /** The refused pattern, cut to 256 characters. */
  readonly pattern: string;

  constructor(pattern: string, reason: string) {
    const shown = pattern.slice(0, 256);
    super('BAD_PATTERN', `cannot parse the pattern ${JSON.stringify(shown)}: ${reason}`, {
      hint: 'put a backslash before a character to match it literally',
    });
    this.pattern = shown;
  }
}

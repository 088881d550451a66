import { ContainerError } from '../base.js';

/** A text is not a valid digest. */
export class BadDigestError extends ContainerError<'BAD_DIGEST'> {
  static {
    this.prototype.name = 'BadDigestError';
  }

  constructor(text: string) {
    super('BAD_DIGEST', `not a digest: ${JSON.stringify(text.slice(0, 160))}`, {
      hint: 'a digest is sha256: with 64, or sha512: with 128, lower-case hexadecimal characters',
    });
  }
}

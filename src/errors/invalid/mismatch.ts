import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** Content hashes to something else than the digest it was asked for by. */
export class DigestMismatchError extends ContainerError<'DIGEST_MISMATCH'> {
  static {
    this.prototype.name = 'DigestMismatchError';
  }

  readonly expected: string;
  readonly actual: string;

  constructor(subject: string, expected: string, actual: string, options?: ContainerErrorOptions) {
    super('DIGEST_MISMATCH', `${subject}: want digest ${expected}, got ${actual}`, options);
    this.expected = expected;
    this.actual = actual;
  }
}

/** Content is shorter or longer than announced. */
export class SizeMismatchError extends ContainerError<'SIZE_MISMATCH'> {
  static {
    this.prototype.name = 'SizeMismatchError';
  }

  /** Bytes announced. */
  readonly expected: number;
  /** Bytes seen; reading stops one byte after the announced size. */
  readonly actual: number;

  constructor(subject: string, expected: number, actual: number) {
    const seen = actual > expected ? 'more' : String(actual);
    super('SIZE_MISMATCH', `${subject}: want ${expected} bytes, got ${seen}`);
    this.expected = expected;
    this.actual = actual;
  }
}

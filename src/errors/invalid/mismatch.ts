import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** The digest of the content differs from the digest by which it was requested. */
export class DigestMismatchError extends ContainerError<'DIGEST_MISMATCH'> {
  static {
    this.prototype.name = 'DigestMismatchError';
  }

  /** The requested digest, `algorithm:hex`. */
  readonly expected: string;
  /** The digest of the content, `algorithm:hex`. */
  readonly actual: string;

  constructor(subject: string, expected: string, actual: string, options?: ContainerErrorOptions) {
    super('DIGEST_MISMATCH', `${subject}: want digest ${expected}, got ${actual}`, options);
    this.expected = expected;
    this.actual = actual;
  }
}

/** Content is shorter or longer than its announced size. */
export class SizeMismatchError extends ContainerError<'SIZE_MISMATCH'> {
  static {
    this.prototype.name = 'SizeMismatchError';
  }

  /** The announced size in bytes. */
  readonly expected: number;
  /**
   * Bytes that arrived. Reading stops one byte after the announced size, so longer content counts as one byte too
   * many.
   */
  readonly actual: number;

  constructor(subject: string, expected: number, actual: number) {
    const seen = actual > expected ? 'more' : String(actual);
    super('SIZE_MISMATCH', `${subject}: want ${expected} bytes, got ${seen}`);
    this.expected = expected;
    this.actual = actual;
  }
}

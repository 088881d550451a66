import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** A tar, gzip or zstd stream, or an image archive, is truncated or malformed. */
export class ArchiveInvalidError extends ContainerError<'ARCHIVE_INVALID'> {
  static {
    this.prototype.name = 'ArchiveInvalidError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('ARCHIVE_INVALID', message, options);
  }
}

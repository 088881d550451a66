import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** A path or link in an archive leads outside the place it belongs to. */
export class UnsafePathError extends ContainerError<'UNSAFE_PATH'> {
  static {
    this.prototype.name = 'UnsafePathError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('UNSAFE_PATH', message, options);
  }
}

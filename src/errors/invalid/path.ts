import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** A path or link leads outside its directory, or is a kind of file that must not be opened. */
export class UnsafePathError extends ContainerError<'UNSAFE_PATH'> {
  static {
    this.prototype.name = 'UnsafePathError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('UNSAFE_PATH', message, options);
  }
}

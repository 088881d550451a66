import { ContainerError, type ContainerErrorOptions } from './base.js';

/** Input is valid but of a kind that this package, this runtime or this source cannot handle. */
export class UnsupportedError extends ContainerError<'UNSUPPORTED'> {
  static {
    this.prototype.name = 'UnsupportedError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('UNSUPPORTED', message, options);
  }
}

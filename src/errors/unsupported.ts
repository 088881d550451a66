import { ContainerError, type ContainerErrorOptions } from './base.js';

/** The input is valid, but this package, this runtime or this source cannot handle its kind. */
export class UnsupportedError extends ContainerError<'UNSUPPORTED'> {
  static {
    this.prototype.name = 'UnsupportedError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('UNSUPPORTED', message, options);
  }
}

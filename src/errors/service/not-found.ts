import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** An image, index, layer, blob, tag or file does not exist. */
export class NotFoundError extends ContainerError<'NOT_FOUND'> {
  static {
    this.prototype.name = 'NotFoundError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('NOT_FOUND', message, options);
  }
}

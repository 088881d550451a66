import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** Credentials are missing, refused, unreadable, or would go where they do not belong. */
export class AuthError extends ContainerError<'AUTH'> {
  static {
    this.prototype.name = 'AuthError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('AUTH', message, options);
  }
}

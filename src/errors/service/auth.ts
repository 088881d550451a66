import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** Credentials are missing, refused or unreadable, or would be sent to a server that must not have them. */
export class AuthError extends ContainerError<'AUTH'> {
  static {
    this.prototype.name = 'AuthError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('AUTH', message, options);
  }
}

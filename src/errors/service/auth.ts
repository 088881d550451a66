import { ContainerError, type ContainerErrorOptions } from '../base.js';

/**
 * Why credentials did not work:
 *
 * - `missing`: the server wants credentials, and there are none for it.
 * - `refused`: the server does not accept the credentials (status 401), or they do not permit this (status 403).
 * - `config`: a configuration file, or its entry for the registry, cannot be used.
 * - `helper-missing`: the configured credential helper is not installed.
 * - `helper`: the credential helper failed.
 * - `untrusted-realm`: a token server of another party would get the credentials.
 * - `other`: anything else, such as a token server that does not follow the protocol.
 */
export type AuthErrorReason =
  'missing' | 'refused' | 'config' | 'helper-missing' | 'helper' | 'untrusted-realm' | 'other';

/** Options of the constructor of {@link AuthError}. */
export interface AuthErrorOptions extends ContainerErrorOptions {
  /** Why the credentials did not work. @default 'other' */
  readonly reason?: AuthErrorReason | undefined;
  /** The status of the response, if a server refused the request. */
  readonly status?: number | undefined;
}

/** Credentials are missing, refused or unreadable, or would be sent to a server that must not have them. */
export class AuthError extends ContainerError<'AUTH'> {
  static {
    this.prototype.name = 'AuthError';
  }

  /** Why the credentials did not work. */
  readonly reason: AuthErrorReason;
  /** The status of the response, if a server refused the request. The property is missing otherwise. */
  declare readonly status?: number;

  constructor(message: string, options: AuthErrorOptions = {}) {
    super('AUTH', message, options);
    this.reason = options.reason ?? 'other';
    if (options.status !== undefined) this.status = options.status;
  }
}

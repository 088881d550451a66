import { ContainerError } from '../base.js';

/** A server cannot listen where it was told to; `errno` says why. */
export class ListenError extends ContainerError<'LISTEN_FAILED'> {
  static {
    this.prototype.name = 'ListenError';
  }

  /** The system's name for the failure, such as `EADDRINUSE` or `EACCES`. */
  readonly errno: string;

  constructor(address: string, cause: NodeJS.ErrnoException, hint: string | undefined) {
    const errno = cause.code ?? 'UNKNOWN';
    super('LISTEN_FAILED', `listen on ${address}: ${cause.code ?? cause.message}`, { cause, hint });
    this.errno = errno;
  }
}

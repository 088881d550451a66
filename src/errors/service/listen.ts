import { ContainerError } from '../base.js';

/** A server cannot listen on its address. `systemCode` says why. */
export class ListenError extends ContainerError<'LISTEN_FAILED'> {
  static {
    this.prototype.name = 'ListenError';
  }

  /** The system's code for the failure, such as `EADDRINUSE` or `EACCES`; `UNKNOWN` if it gave none. */
  readonly systemCode: string;

  constructor(address: string, cause: NodeJS.ErrnoException, hint: string | undefined) {
    const systemCode = cause.code ?? 'UNKNOWN';
    super('LISTEN_FAILED', `listen on ${address}: ${cause.code ?? cause.message}`, { cause, hint });
    this.systemCode = systemCode;
  }
}

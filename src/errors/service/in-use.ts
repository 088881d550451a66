import { ContainerError } from '../base.js';

/** Another process has what only one process may use at a time. */
export class InUseError extends ContainerError<'IN_USE'> {
  static {
    this.prototype.name = 'InUseError';
  }

  readonly path: string;
  /** Process and host, if it says so. */
  readonly holder: string | undefined;

  constructor(path: string, holder: string | undefined) {
    super('IN_USE', `${path} is in use by ${holder ?? 'another process'}`, {
      hint: 'end that process or choose another directory; one that has died elsewhere is forgotten after half a minute',
    });
    this.path = path;
    this.holder = holder;
  }
}

import { ContainerError } from '../base.js';

/** Another process holds a directory that only one process may use at a time. */
export class InUseError extends ContainerError<'IN_USE'> {
  static {
    this.prototype.name = 'InUseError';
  }

  /** The directory that is in use. */
  readonly path: string;
  /** The process number and host of the holder; undefined if its lock does not name them. */
  readonly holder: string | undefined;

  constructor(path: string, holder: string | undefined) {
    super('IN_USE', `${path} is in use by ${holder ?? 'another process'}`, {
      hint: 'end that process or choose another directory; the lock of a process that died on another machine expires after half a minute',
    });
    this.path = path;
    this.holder = holder;
  }
}

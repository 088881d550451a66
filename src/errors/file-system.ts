import { ContainerError } from './base.js';

/** The operating system refused to read or write a file. `systemCode` says why. */
export class FileSystemError extends ContainerError<'FILE_SYSTEM'> {
  static {
    this.prototype.name = 'FileSystemError';
  }

  /**
   * The system's code for the failure, such as `ENOSPC` or `EACCES`; `UNKNOWN` if it gave none. Node calls it
   * `code`.
   */
  readonly systemCode: string;
  /** The file or directory that the operation was about, as the caller or this package named it. */
  readonly path: string;

  constructor(operation: string, path: string, cause: NodeJS.ErrnoException) {
    const systemCode = cause.code ?? 'UNKNOWN';
    super('FILE_SYSTEM', `${operation} ${path}: ${reasons[systemCode] ?? systemCode}`, {
      cause,
      hint: hints[systemCode],
    });
    this.systemCode = systemCode;
    this.path = path;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  ENOENT: 'no such file or directory',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  EEXIST: 'the file exists',
  EIO: 'input/output error',
  EFBIG: 'file too large',
  ENAMETOOLONG: 'file name too long',
  ENOTEMPTY: 'directory not empty',
};

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'free space, or choose another target; nothing was left under the final name',
  EDQUOT: 'free space within the quota, or choose another target',
  ENOTEMPTY: 'choose an empty or a new directory',
  EACCES: 'check the owner and the permissions of the path and of its directories',
  EPERM: 'check the owner and the permissions of the path and of its directories',
  EROFS: 'choose a target on a file system that can be written to',
  ENFILE: 'raise the limit of open files of the system, or lower `jobs`',
  EMFILE: 'raise the limit of open files, or lower `jobs`',
};

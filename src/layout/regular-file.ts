import { constants, fstat, type Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FileSystemError } from '../errors/file-system.js';
import { UnsafePathError } from '../errors/unsafe-path.js';
import { fileSystemError, openFile, type OpenFile } from '../internal/open-file.js';

/**
 * Opens a file for reading, and nothing else that may have its name.
 *
 * @throws {@link UnsafePathError} for a folder, pipe, socket or device, and for a symbolic link unless those are allowed.
 */
export async function openRegular(path: string, subject: string, allowSymlinks: boolean): Promise<OpenFile> {
  // Where the system cannot refuse a link while opening it, look before.
  if (!allowSymlinks && NO_FOLLOW === 0 && (await kindOf(path))?.isSymbolicLink()) throw isLink(subject);
  let file: OpenFile | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    file = await openFile(path, constants.O_RDONLY | NON_BLOCKING | (allowSymlinks ? 0 : NO_FOLLOW));
    if (!(await fstatAsync(file.fd)).isFile()) throw new UnsafePathError(`${subject}: not a regular file`);
    return file;
  } catch (error) {
    await file?.close();
    if (!(error instanceof FileSystemError)) throw error;
    if (error.errno === 'ELOOP') throw isLink(subject, error);
    // What a socket answers to an attempt to open it.
    if (error.errno === 'ENXIO')
      throw new UnsafePathError(`${subject}: not a regular file`, { cause: error });
    throw error;
  }
}

/** Size of a file that is there and a regular one; undefined otherwise. */
export async function regularSize(path: string, allowSymlinks: boolean): Promise<number | undefined> {
  const stats = await (allowSymlinks ? kindOf(path, stat) : kindOf(path));
  return stats?.isFile() === true ? stats.size : undefined;
}

/** Undefined if there is nothing. */
async function kindOf(
  path: string,
  look: (path: string) => Promise<Stats> = lstat,
): Promise<Stats | undefined> {
  try {
    return await look(path);
  } catch (error) {
    const ours = fileSystemError('look at', path, error);
    if (ours instanceof FileSystemError && absent.has(ours.errno)) return undefined;
    throw ours;
  }
}

const absent: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

function isLink(subject: string, cause?: Error): UnsafePathError {
  return new UnsafePathError(`${subject}: is a symbolic link`, {
    cause,
    hint: 'set `allowSymlinks` if the layout was built from links on purpose',
  });
}

// Undefined on Windows.
const NO_FOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const NON_BLOCKING = (constants.O_NONBLOCK as number | undefined) ?? 0;

const fstatAsync = promisify(fstat);

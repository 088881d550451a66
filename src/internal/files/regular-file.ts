import { constants, fstat } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

import { UnsafePathError } from '../../errors/invalid/path.js';
import { fileSystemError, openFile, type OpenFile } from './open-file.js';

export interface RegularFileOptions {
  /** A link counts as the file that it leads to. @default false */
  readonly followLinks?: boolean | undefined;
  /** What to do about a link that is refused. */
  readonly linkHint?: string | undefined;
  /** What errors call the file. @default its path */
  readonly subject?: string | undefined;
}

/**
 * Opens a file for reading, and nothing else that may have its name; pipes are not waited for.
 *
 * @throws {@link UnsafePathError} for a directory, pipe, socket or device, and for a link unless those are followed.
 */
export async function openRegularFile(path: string, options: RegularFileOptions = {}): Promise<OpenFile> {
  const { followLinks = false } = options;
  // Where the system cannot refuse a link while opening it, look before.
  if (!followLinks && NO_FOLLOW === 0) await regularFileSize(path, options);
  let file: OpenFile;
  try {
    file = await openFile(path, constants.O_RDONLY | NON_BLOCKING | (followLinks ? 0 : NO_FOLLOW));
  } catch (error) {
    // A link or a socket says why it cannot be opened in a way of its own.
    await regularFileSize(path, options);
    throw error;
  }
  if ((await promisify(fstat)(file.fd)).isFile()) return file;
  await file.close();
  throw notRegular(path, options);
}

/**
 * Size of a file, by its name alone.
 *
 * @throws {@link UnsafePathError} as {@link openRegularFile}.
 */
export async function regularFileSize(path: string, options: RegularFileOptions = {}): Promise<number> {
  const { followLinks = false, subject = path, linkHint: hint } = options;
  const readStats = followLinks ? stat : lstat;
  const found = await readStats(path).catch((error: unknown) => {
    throw fileSystemError('look at', path, error);
  });
  if (found.isFile()) return found.size;
  throw found.isSymbolicLink()
    ? new UnsafePathError(`${subject}: is a symbolic link`, { hint })
    : notRegular(path, options);
}

function notRegular(path: string, { subject = path }: RegularFileOptions): UnsafePathError {
  return new UnsafePathError(`${subject}: not a regular file`);
}

// Undefined on Windows.
const NO_FOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const NON_BLOCKING = (constants.O_NONBLOCK as number | undefined) ?? 0;

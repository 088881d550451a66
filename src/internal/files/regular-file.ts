import { constants } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';

import { fstatAsync } from './descriptors.js';
import { UnsafePathError } from '../../errors/invalid/path.js';
import { fileSystemError, openFile, type OpenFile } from './open-file.js';

export interface RegularFileOptions {
  /** Opens the file that a symbolic link leads to. @default false, which refuses links */
  readonly followLinks?: boolean | undefined;
  /** The hint of the error for a refused link. */
  readonly linkHint?: string | undefined;
  /** The name of the file in errors. @default its path */
  readonly subject?: string | undefined;
}

/**
 * Opens a file for reading, and refuses everything else that has its name. A pipe does not block the call.
 *
 * @throws UnsafePathError for a directory, pipe, socket or device, and for a link unless links are followed.
 */
export async function openRegularFile(path: string, options: RegularFileOptions = {}): Promise<OpenFile> {
  const { followLinks = false } = options;
  // On systems that cannot refuse a link while opening it, check before.
  if (!followLinks && NO_FOLLOW === 0) await regularFileSize(path, options);
  let file: OpenFile;
  try {
    file = await openFile(path, constants.O_RDONLY | NON_BLOCKING | (followLinks ? 0 : NO_FOLLOW));
  } catch (error) {
    // For a link or a socket, this throws a more precise error than the system's.
    await regularFileSize(path, options);
    throw error;
  }
  if ((await fstatAsync(file.fd)).isFile()) return file;
  await file.close();
  throw notRegular(path, options);
}

/**
 * Size of a file in bytes, without opening it.
 *
 * @throws UnsafePathError as {@link openRegularFile} does.
 */
export async function regularFileSize(path: string, options: RegularFileOptions = {}): Promise<number> {
  const { followLinks = false, subject = path, linkHint: hint } = options;
  const readStats = followLinks ? stat : lstat;
  const found = await readStats(path).catch((error: unknown) => {
    throw fileSystemError('inspect', path, error);
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

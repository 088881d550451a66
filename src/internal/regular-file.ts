import { constants, fstat } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { promisify } from 'node:util';

import { UnsafePathError } from '../errors/unsafe-path.js';
import { fileSystemError, openFile, type OpenFile } from './open-file.js';

/**
 * Opens a file for reading, and nothing else that may have its name: links are not followed, pipes not waited for.
 *
 * @throws {@link UnsafePathError} if it is not a regular file.
 */
export async function openRegularFile(path: string): Promise<OpenFile> {
  // Where the system cannot refuse a link while opening it, look before.
  if (NO_FOLLOW === 0) await regularFileSize(path);
  let file: OpenFile;
  try {
    file = await openFile(path, constants.O_RDONLY | NO_FOLLOW | NON_BLOCKING);
  } catch (error) {
    // A link or a socket says why it cannot be opened in a way of its own.
    await regularFileSize(path);
    throw error;
  }
  if ((await promisify(fstat)(file.fd)).isFile()) return file;
  await file.close();
  throw notRegular(path);
}

/**
 * Size of a file, by its name alone.
 *
 * @throws {@link UnsafePathError} if it is not a regular file.
 */
export async function regularFileSize(path: string): Promise<number> {
  try {
    const found = await lstat(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw fileSystemError('look at', path, error);
  }
  throw notRegular(path);
}

function notRegular(path: string): UnsafePathError {
  return new UnsafePathError(`${path}: not a regular file`);
}

// Undefined on Windows.
const NO_FOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const NON_BLOCKING = (constants.O_NONBLOCK as number | undefined) ?? 0;

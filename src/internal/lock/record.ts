import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readFile, readlink, symlink, unlink } from 'node:fs/promises';

import { errorCode } from '../error-code.js';
import { type LockHolder, ownHolder, parseHolder } from './holder.js';
import { fileSystemError } from '../files/open-file.js';

/** A lock as it was read from its directory. */
export interface LockRecord {
  /** Undefined if the holder has not written it yet, or died before it did. */
  readonly holder: LockHolder | undefined;
  /** Distinguishes the lock from every other one, including later locks of the same path. */
  readonly key: string;
  /** Changes with each sign of life of the holder. */
  readonly mtimeMs: number;
  readonly directory: boolean;
}

/** Whether two records are of the same lock, with no sign of life between them. */
export function isSameRecord(one: LockRecord, other: LockRecord): boolean {
  return one.key === other.key && one.mtimeMs === other.mtimeMs;
}

/**
 * Creates a lock; returns undefined if one exists. It is a dangling symbolic link, because a link names its holder
 * from the moment it exists. On file systems without links it is a file.
 *
 * @returns the id under which this process holds the lock.
 */
export async function createLock(path: string): Promise<string | undefined> {
  const id = randomBytes(16).toString('hex');
  return (await createRecord(path, JSON.stringify(ownHolder(id)))) ? id : undefined;
}

async function createRecord(path: string, text: string): Promise<boolean> {
  // Windows requires a privilege for links, and changes their text.
  if (process.platform === 'win32') return createFile(path, text);
  try {
    await symlink(text, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    if (NO_LINKS.has(code)) return createFile(path, text);
    throw fileSystemError('lock', path, error);
  }
}

/** Errors of file systems without symbolic links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

async function createFile(path: string, text: string): Promise<boolean> {
  let file;
  try {
    file = await open(path, 'wx', 0o644);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw fileSystemError('lock', path, error);
  }
  try {
    await file.writeFile(text);
    return true;
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw fileSystemError('lock', path, error);
  } finally {
    await file.close();
  }
}

/** Reads a lock; undefined if none exists. */
export async function readLock(path: string): Promise<LockRecord | undefined> {
  try {
    const stats = await lstat(path);
    const holder = parseHolder(await contentOf(path, stats));
    const key = holder?.id ?? `${stats.ino.toString(16)}-${Math.trunc(stats.mtimeMs).toString(16)}`;
    return { holder, key, mtimeMs: stats.mtimeMs, directory: stats.isDirectory() };
  } catch {
    return undefined;
  }
}

async function contentOf(path: string, stats: Stats): Promise<string> {
  if (stats.isSymbolicLink()) return readlink(path);
  // Another kind of file with this name, such as a pipe, must not be opened.
  return stats.isFile() && stats.size <= MAX_SIZE ? readFile(path, { encoding: 'utf8', flag: FLAGS }) : '';
}

// If another file replaced it since `lstat`, a link is not followed and a pipe does not block. Both flags are
// undefined on Windows.
const FLAGS =
  constants.O_RDONLY |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);

const MAX_SIZE = 4096;

/** Removes a lock. It is not an error if the lock does not exist. */
export async function removeLock(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw fileSystemError('unlock', path, error);
  }
}

import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readFile, readlink, symlink, unlink } from 'node:fs/promises';

import { errorCode } from '../error-code.js';
import { type LockHolder, ownHolder, parseHolder } from './holder.js';
import { fileSystemError } from '../files/open-file.js';

/** A lock as it is in its directory. */
export interface LockRecord {
  /** Undefined if it was not written yet, or was never finished. */
  readonly holder: LockHolder | undefined;
  /** Tells it from every other lock, also of the same path. */
  readonly key: string;
  /** Changes with each sign of life. */
  readonly mtimeMs: number;
  readonly directory: boolean;
}

/** Whether a lock was read twice without a sign of life in between. */
export function isSameRecord(one: LockRecord, other: LockRecord): boolean {
  return one.key === other.key && one.mtimeMs === other.mtimeMs;
}

/**
 * Makes a lock; undefined if there is one. It is a symbolic link to nothing, because a link says who holds it from
 * the moment it is there; where there are no links, it is a file.
 *
 * @returns the id under which this process holds it.
 */
export async function createLock(path: string): Promise<string | undefined> {
  const id = randomBytes(16).toString('hex');
  return (await createRecord(path, JSON.stringify(ownHolder(id)))) ? id : undefined;
}

async function createRecord(path: string, text: string): Promise<boolean> {
  // Windows asks for a privilege, and changes what a link says.
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

/** What file systems without symbolic links say. */
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

/** Undefined if there is no lock. */
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
  // Something else that has its name, such as a pipe, is not opened.
  return stats.isFile() && stats.size <= MAX_SIZE ? readFile(path, { encoding: 'utf8', flag: FLAGS }) : '';
}

// Nor is what took its place meanwhile followed or waited for; both flags are undefined on Windows.
const FLAGS =
  constants.O_RDONLY |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);

const MAX_SIZE = 4096;

/** Removes a lock; one that is gone is no error. */
export async function removeLock(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw fileSystemError('unlock', path, error);
  }
}

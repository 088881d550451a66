import { randomBytes } from 'node:crypto';
import { readlinkSync, type Stats } from 'node:fs';
import { lstat, open, readFile, readlink, symlink, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';

import { errorCode } from '../error-code.js';
import { fileSystemError } from './open-file.js';

/** What a lock says about its holder. */
export interface LockHolder {
  readonly id: string;
  readonly pid: number;
  /** Where `pid` means something: the host and, on Linux, the process namespace. */
  readonly scope: string;
}

/** A lock as it lies in its folder. */
export interface LockRecord {
  /** Undefined if it was not written yet, or was never finished. */
  readonly holder: LockHolder | undefined;
  /** Tells it from every other lock, also of the same path. */
  readonly key: string;
  readonly mtimeMs: number;
}

/**
 * Makes a lock; undefined if there is one. It is a symbolic link to nothing, because a link says who holds it from
 * the moment it is there; where there are no links, it is a file.
 *
 * @returns the id under which this process holds it.
 */
export async function createLock(path: string): Promise<string | undefined> {
  const id = randomBytes(16).toString('hex');
  const holder: LockHolder = { id, pid: process.pid, scope: ownScope() };
  return (await createRecord(path, JSON.stringify(holder))) ? id : undefined;
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
    const holder = parseHolder(await textOf(path, stats));
    const key = holder?.id ?? `${stats.ino.toString(16)}-${Math.trunc(stats.mtimeMs).toString(16)}`;
    return { holder, key, mtimeMs: stats.mtimeMs };
  } catch {
    return undefined;
  }
}

async function textOf(path: string, stats: Stats): Promise<string> {
  if (stats.isSymbolicLink()) return readlink(path);
  // Something else that has its name, such as a pipe, is not opened.
  return stats.isFile() && stats.size <= MAX_SIZE ? readFile(path, 'utf8') : '';
}

const MAX_SIZE = 4096;

/** Removes a lock; one that is gone is no error. */
export async function removeLock(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw fileSystemError('unlock', path, error);
  }
}

/** Whether a holder is known to have died; of another machine's nothing is known. */
export function isDead({ scope, pid }: LockHolder): boolean {
  if (scope !== ownScope()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

/** Whether a holder is known to live. */
export function isAlive(holder: LockHolder): boolean {
  return holder.scope === ownScope() && !isDead(holder);
}

/** Containers may share a folder and even a host name, but not their process numbers. */
function ownScope(): string {
  return (scope ??= findScope());
}

let scope: string | undefined;

function findScope(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false;
  if (!('id' in value && 'pid' in value && 'scope' in value)) return false;
  const { id, pid, scope } = value;
  if (typeof pid !== 'number' || typeof scope !== 'string') return false;
  // The id becomes part of a file name.
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id);
}

import { randomBytes } from 'node:crypto';
import { link, rename } from 'node:fs/promises';

import { errorCode } from '../error-code.js';
import { createLock, readLock, removeLock } from './record.js';
import type { LockWatch } from './watch.js';
import { fileSystemError } from '../files/open-file.js';

/**
 * Removes a lock that has no living holder; returns false if it has one. A guard, which is itself a lock, admits
 * one waiter at a time. Its name contains the key of the stale lock, so that a newer lock is safe.
 */
export async function removeStale(path: string, watch: LockWatch, base = path): Promise<boolean> {
  const stale = await staleKey(path, watch);
  if (stale === undefined) return false;
  const guard = `${base}.${stale}.takeover`;
  if ((await createLock(guard)) === undefined) {
    // The waiter that created the guard may have been killed, too.
    return (await removeStale(guard, watch, base)) && removeStale(path, watch, base);
  }
  try {
    return (await readLock(path))?.key === stale && (await removeIfKey(path, stale, base));
  } finally {
    await removeLock(guard).catch(() => undefined);
  }
}

/**
 * Whether a file name is that of a guard, or of a lock during its removal. A killed process may leave one behind.
 */
export function isTakeoverName(name: string): boolean {
  return /\.lock(?:\.next)?\.[0-9a-f-]+\.takeover$/.test(name);
}

/** The key of the lock if it has no living holder. */
async function staleKey(path: string, watch: LockWatch): Promise<string | undefined> {
  const lock = await readLock(path);
  if (lock === undefined) return undefined;
  // A directory with the lock's name would block forever. `removeLock` throws the system's error for it.
  if (lock.directory) await removeLock(path);
  return watch.isStale(path, lock) ? lock.key : undefined;
}

/**
 * Removes the lock if it has this key. It moves the lock aside first, so that no other process can exchange it,
 * and then checks the key.
 */
async function removeIfKey(path: string, key: string, base: string): Promise<boolean> {
  const aside = `${base}.${randomBytes(16).toString('hex')}.takeover`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw fileSystemError('unlock', path, error);
  }
  const expected = (await readLock(aside))?.key === key;
  // If a third process holds a lock at the path by now, the moved lock is lost, and its holder notices it in
  // `check`.
  if (!expected) await link(aside, path).catch(() => undefined);
  await removeLock(aside);
  return expected;
}

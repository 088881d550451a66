import { randomBytes } from 'node:crypto';
import { link, rename } from 'node:fs/promises';

import { errorCode } from '../error-code.js';
import { createLock, readLock, removeLock } from './record.js';
import type { LockWatch } from './watch.js';
import { fileSystemError } from '../files/open-file.js';

/**
 * Removes a lock without a living holder; false if it has one. A guard, itself a lock, lets one waiter at it, and its
 * name binds it to the lock that was found stale, so that one made since is safe.
 */
export async function removeStale(path: string, watch: LockWatch, base = path): Promise<boolean> {
  const stale = await staleKey(path, watch);
  if (stale === undefined) return false;
  const guard = `${base}.${stale}.takeover`;
  if ((await createLock(guard)) === undefined) {
    // The waiter that made it may have been killed as well.
    return (await removeStale(guard, watch, base)) && removeStale(path, watch, base);
  }
  try {
    return (await readLock(path))?.key === stale && (await removeIfKey(path, stale, base));
  } finally {
    await removeLock(guard).catch(() => undefined);
  }
}

/** Whether a file name is that of a guard, or of a lock that is being removed; a kill may leave one behind. */
export function isTakeoverName(name: string): boolean {
  return /\.lock(?:\.next)?\.[0-9a-f-]+\.takeover$/.test(name);
}

/** The key of a lock that has no living holder. */
async function staleKey(path: string, watch: LockWatch): Promise<string | undefined> {
  const lock = await readLock(path);
  if (lock === undefined) return undefined;
  // A directory is no lock, and none goes away by waiting: the system says so.
  if (lock.directory) await removeLock(path);
  return watch.isStale(path, lock) ? lock.key : undefined;
}

/** Removes the lock that has this key: moves aside what is there, so that nobody can exchange it, and looks at that. */
async function removeIfKey(path: string, key: string, base: string): Promise<boolean> {
  const aside = `${base}.${randomBytes(16).toString('hex')}.takeover`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw fileSystemError('unlock', path, error);
  }
  const expected = (await readLock(aside))?.key === key;
  // If a third process has a lock there by now, the one that was moved is lost, which its holder notices.
  if (!expected) await link(aside, path).catch(() => undefined);
  await removeLock(aside);
  return expected;
}

import { lutimes } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { InUseError } from '../../errors/service/in-use.js';
import type { AbortOptions } from '../async/abort.js';
import { type Limiter, limiter } from '../async/limit.js';
import { holderState } from './holder.js';
import { createLock, type LockRecord, readLock, removeLock, isSameRecord } from './record.js';
import { removeStale } from './takeover.js';
import { LockWatch } from './watch.js';

export interface LockOptions extends AbortOptions {
  /**
   * Milliseconds without a sign of life of the holder after which a waiter takes the lock over. @default 30 000
   */
  readonly staleMs?: number | undefined;
}

const STALE_MS = 30_000;

/** Milliseconds between two attempts of a waiter. Most locks are held for a few milliseconds. */
const WAIT_MS = { first: 2, most: 25 } as const;

/** Milliseconds between two attempts if the holder may be dead. */
const UNKNOWN_WAIT_MS = 250;

/** Milliseconds between two attempts of the next waiter in the queue; only that waiter polls so often. */
const NEXT_WAIT_MS = { first: 1, most: 5 } as const;

/** A lock that this process holds. */
export interface HeldLock {
  /**
   * Call it right before the result of the work under the lock becomes visible. @throws InUseError if the lock was
   * lost.
   */
  check(): Promise<void>;
  /** Releases the lock. Never fails. */
  release(): Promise<void>;
}

/** A lock was taken over because its holder was suspended for so long that it seemed dead. */
class LockLostError extends InUseError {}

/**
 * Runs `fn` while this process holds the advisory lock `path`, a link or file that exists as long as the lock is
 * held. Waits as long as another holder lives. Waiters get the lock in turn, however many come.
 *
 * A waiter takes over a lock at once if its holder is a process of this machine that has died. It never takes over
 * the lock of a running or stopped process of this machine. It takes over any other lock after `staleMs` without a
 * sign of life. A suspended holder may lose its lock in this way, so `fn` calls `check` before it publishes its
 * result, and runs again under a new lock if the lock was lost.
 */
export async function withLock<T>(
  path: string,
  fn: (lock: HeldLock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const { signal, staleMs = STALE_MS } = options;
  // Waiters of this process queue here instead of competing for the file.
  const key = resolve(path);
  const local = queues.get(key) ?? { run: limiter(1), users: 0 };
  queues.set(key, local);
  local.users += 1;
  try {
    return await local.run(() => runLocked(path, staleMs, signal, fn), { signal });
  } finally {
    local.users -= 1;
    if (local.users === 0) queues.delete(key);
  }
}

/**
 * Takes the lock of {@link withLock} unless a living process, this one included, holds it. Waits only if nothing
 * is known about the holder and its last sign of life looks old, as {@link takeLock} does.
 */
export async function tryLock(path: string, options: LockOptions = {}): Promise<HeldLock | undefined> {
  const { staleMs = STALE_MS } = options;
  const lock = await takeIfFree(path, staleMs, new LockWatch(staleMs));
  if (lock !== undefined) return lock;
  const found = await readLock(path);
  return found === undefined || looksOld(found, staleMs) ? takeLock(path, options) : undefined;
}

/**
 * Takes the lock as {@link tryLock} does, but waits for a holder about which nothing is known, such as one in a
 * killed container: a living holder refreshes its lock before the lock is stale.
 */
export async function takeLock(
  path: string,
  { staleMs = STALE_MS, signal }: LockOptions = {},
): Promise<HeldLock | undefined> {
  const watch = new LockWatch(staleMs);
  const first = await readLock(path);
  for (;;) {
    signal?.throwIfAborted();
    const lock = await takeIfFree(path, staleMs, watch);
    if (lock !== undefined) return lock;
    const found = await readLock(path);
    if (found !== undefined && (first === undefined || !isSameRecord(first, found))) return undefined;
    if (found !== undefined && isInUse(found, staleMs)) return undefined;
    await pause(Math.min(UNKNOWN_WAIT_MS, staleMs / 20), signal);
  }
}

async function takeIfFree(path: string, staleMs: number, watch: LockWatch): Promise<HeldLock | undefined> {
  const id =
    (await createLock(path)) ?? ((await removeStale(path, watch)) ? await createLock(path) : undefined);
  return id === undefined ? undefined : heldLock(path, id, staleMs);
}

function isInUse(lock: LockRecord, staleMs: number): boolean {
  const state = lock.holder === undefined ? 'unknown' : holderState(lock.holder);
  return state === 'alive' || (state === 'seems-alive' && !looksOld(lock, staleMs));
}

/** Only a hint that the lock is worth watching, because clocks jump. */
function looksOld({ mtimeMs }: LockRecord, staleMs: number): boolean {
  return Date.now() - mtimeMs > staleMs;
}

/** Describes the holder of a lock for a message; undefined if the lock does not name it. */
export async function describeHolder(path: string): Promise<string | undefined> {
  const holder = (await readLock(path))?.holder;
  return holder && `process ${holder.pid} on ${holder.scope.split(' ', 1).join()}`;
}

const queues = new Map<string, { readonly run: Limiter; users: number }>();

async function runLocked<T>(
  path: string,
  staleMs: number,
  signal: AbortSignal | undefined,
  fn: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  for (;;) {
    const lock = heldLock(path, await acquire(path, staleMs, signal), staleMs);
    try {
      return await fn(lock);
    } catch (error) {
      if (!(error instanceof LockLostError && error.path === path)) throw error;
    } finally {
      await lock.release();
    }
  }
}

function heldLock(path: string, id: string, staleMs: number): HeldLock {
  const isHeld = async (): Promise<boolean> => (await readLock(path))?.key === id;
  let beats = 0;
  const refresh = async (): Promise<void> => {
    if (!(await isHeld())) return;
    // Each refresh has to set another time, even if the clock stands still.
    const time = new Date(Date.now() + (beats += 1));
    await lutimes(path, time, time);
  };
  // On file systems that cannot set times, a waiter of another machine may take the lock; `check` notices it.
  const timer = setInterval(() => void refresh().catch(() => undefined), staleMs / 3).unref();
  return {
    check: async () => {
      if (!(await isHeld())) throw new LockLostError(path, await describeHolder(path));
    },
    release: async () => {
      clearInterval(timer);
      // A lock that was taken over belongs to another process.
      if (await isHeld()) await removeLock(path).catch(() => undefined);
    },
  };
}

/**
 * Takes the lock. If it is taken, the caller first waits for a second lock, which makes it the next in the queue:
 * a process that releases the lock and wants it again stands behind the processes that waited meanwhile.
 */
async function acquire(path: string, staleMs: number, signal: AbortSignal | undefined): Promise<string> {
  signal?.throwIfAborted();
  const next = `${path}.next`;
  const id = (await readLock(next)) === undefined ? await createLock(path) : undefined;
  if (id !== undefined) return id;
  const turn = heldLock(next, await waitFor(next, WAIT_MS, staleMs, signal), staleMs);
  try {
    return await waitFor(path, NEXT_WAIT_MS, staleMs, signal);
  } finally {
    await turn.release();
  }
}

async function waitFor(
  path: string,
  { first, most }: { readonly first: number; readonly most: number },
  staleMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const watch = new LockWatch(staleMs);
  for (let wait = first; ; wait = Math.min(wait * 2, most)) {
    signal?.throwIfAborted();
    const id = await createLock(path);
    if (id !== undefined) return id;
    if (await removeStale(path, watch)) continue;
    await pause(wait * (0.5 + Math.random()), signal);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

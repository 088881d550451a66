import { lutimes } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import type { AbortOptions } from '../async/abort.js';
import { type Limiter, limiter } from '../async/limit.js';
import { createLock, isAlive, isDead, readLock, removeLock } from './lock-record.js';

export interface LockOptions extends AbortOptions {
  /** Age at which a lock that nobody refreshes is taken over. @default 30 000 */
  readonly staleMs?: number | undefined;
}

const STALE_MS = 30_000;

/** Most locks are held for a few milliseconds. */
const WAIT_MS = { first: 2, most: 25 } as const;

/** How often a lock is asked for whose holder may have died. */
const UNKNOWN_WAIT_MS = 250;

/** The one that is next asks more often, and nobody else does. */
const NEXT_WAIT_MS = { first: 1, most: 5 } as const;

/**
 * Runs `fn` while this process holds the advisory lock `path`, a link or file that is
 * there as long as the lock is. Waits as long as another holder lives, and gets its turn however often others come.
 *
 * A lock whose process has died on this machine is taken over at once; one from
 * elsewhere, when it was not refreshed for `staleMs`. A holder that blocks its event loop
 * for so long can lose its lock: publish by renaming, as if there were none.
 */
export async function withLock<T>(path: string, fn: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { signal, staleMs = STALE_MS } = options;
  // Waiters of this process queue up here instead of racing for the file.
  const key = resolve(path);
  const local = queues.get(key) ?? { run: limiter(1), users: 0 };
  queues.set(key, local);
  local.users += 1;
  try {
    return await local.run(() => holding(path, staleMs, signal, fn), { signal });
  } finally {
    local.users -= 1;
    if (local.users === 0) queues.delete(key);
  }
}

/** A lock that this process holds. */
export interface HeldLock {
  /** Gives it back; never fails. */
  release(): Promise<void>;
}

/** Takes the lock of {@link withLock} unless somebody living holds it, this process included; does not wait. */
export async function tryLock(
  path: string,
  { staleMs = STALE_MS }: LockOptions = {},
): Promise<HeldLock | undefined> {
  const id =
    (await createLock(path)) ?? ((await removeStale(path, staleMs)) ? await createLock(path) : undefined);
  return id === undefined ? undefined : held(path, id, staleMs);
}

/**
 * Takes the lock as {@link tryLock} does, but waits for a holder of which nothing is known, such as one in a container
 * that was killed: whoever lives refreshes its lock before it is stale.
 */
export async function takeLock(
  path: string,
  { staleMs = STALE_MS, signal }: LockOptions = {},
): Promise<HeldLock | undefined> {
  const first = await readLock(path);
  const rounds = Math.ceil(staleMs / UNKNOWN_WAIT_MS) + 1;
  for (let round = 0; round <= rounds; round += 1) {
    const lock = await tryLock(path, { staleMs });
    if (lock !== undefined) return lock;
    const now = await readLock(path);
    const refreshed = now?.key !== first?.key || now?.mtimeMs !== first?.mtimeMs;
    if (refreshed || first?.holder === undefined || isAlive(first.holder)) return undefined;
    await setTimeout(UNKNOWN_WAIT_MS, undefined, { signal });
  }
  return undefined;
}

/** Who holds a lock, in words; undefined if it does not say. */
export async function lockHolder(path: string): Promise<string | undefined> {
  const holder = (await readLock(path))?.holder;
  return holder && `process ${holder.pid} on ${holder.scope.split(' ', 1).join()}`;
}

/** Whether a file name is that of a guard under which a lock is taken over; a kill may leave one behind. */
export function isTakeoverName(name: string): boolean {
  return /\.lock(?:\.next)?\.[0-9a-f-]+\.takeover$/.test(name);
}

const queues = new Map<string, { readonly run: Limiter; users: number }>();

async function holding<T>(
  path: string,
  staleMs: number,
  signal: AbortSignal | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  const lock = held(path, await acquire(path, staleMs, signal), staleMs);
  try {
    return await fn();
  } finally {
    await lock.release();
  }
}

function held(path: string, id: string, staleMs: number): HeldLock {
  const refresh = setInterval(() => {
    const now = new Date();
    lutimes(path, now, now, () => undefined);
  }, staleMs / 3).unref();
  return {
    release: async () => {
      clearInterval(refresh);
      // If it was taken over meanwhile, it belongs to someone else now.
      if ((await readLock(path))?.key === id) await removeLock(path).catch(() => undefined);
    },
  };
}

/**
 * Takes the lock. Whoever finds it taken waits to be the next one, which is a lock as well: a process that gives the
 * lock back and wants it again stands behind those that waited meanwhile.
 */
async function acquire(path: string, staleMs: number, signal: AbortSignal | undefined): Promise<string> {
  signal?.throwIfAborted();
  const next = `${path}.next`;
  const id = (await readLock(next)) === undefined ? await createLock(path) : undefined;
  if (id !== undefined) return id;
  const turn = held(next, await waitFor(next, WAIT_MS, staleMs, signal), staleMs);
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
  for (let wait = first; ; wait = Math.min(wait * 2, most)) {
    signal?.throwIfAborted();
    const id = await createLock(path);
    if (id !== undefined) return id;
    if (await removeStale(path, staleMs)) continue;
    try {
      await setTimeout(wait * (0.5 + Math.random()), undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
}

/**
 * Removes a lock without a living holder; false if it has one. A guard, itself a lock, lets one waiter at it, and its
 * name binds it to the lock that was found stale, so that one made since is safe.
 */
async function removeStale(path: string, staleMs: number, base = path): Promise<boolean> {
  const stale = await staleKey(path, staleMs);
  if (stale === undefined) return false;
  const guard = `${base}.${stale}.takeover`;
  if ((await createLock(guard)) === undefined) {
    // The waiter that made it may have been killed as well.
    return (await removeStale(guard, staleMs, base)) && removeStale(path, staleMs, base);
  }
  try {
    if ((await staleKey(path, staleMs)) !== stale) return false;
    await removeLock(path);
    return true;
  } finally {
    await removeLock(guard).catch(() => undefined);
  }
}

/** The key of a lock that has no living holder. */
async function staleKey(path: string, staleMs: number): Promise<string | undefined> {
  const lock = await readLock(path);
  if (lock === undefined) return undefined;
  const dead = lock.holder !== undefined && isDead(lock.holder);
  return dead || Date.now() - lock.mtimeMs > staleMs ? lock.key : undefined;
}

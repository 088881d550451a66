import { randomBytes } from 'node:crypto';
import { readlinkSync, utimes } from 'node:fs';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import type { AbortOptions } from './abort.js';
import { errorCode } from './error-code.js';
import { type Limiter, limiter } from './limit.js';
import { fileSystemError } from './open-file.js';

export interface LockOptions extends AbortOptions {
  /** Age at which a lock that nobody refreshes is taken over. @default 30 000 */
  readonly staleMs?: number | undefined;
}

const STALE_MS = 30_000;

/** Waiting starts short, because most locks are held for a few milliseconds. */
const WAIT_MS = { first: 2, most: 100 } as const;

/**
 * Runs `fn` while this process holds the advisory lock `path`, a file that is
 * there as long as the lock is. Waits as long as another holder lives.
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
  const id = randomBytes(16).toString('hex');
  const free = (await create(path, id)) || ((await removeStale(path, staleMs)) && (await create(path, id)));
  return free ? held(path, id, staleMs) : undefined;
}

const queues = new Map<string, { readonly run: Limiter; users: number }>();

/** What a lock file says about its holder. */
interface Holder {
  readonly id: string;
  readonly pid: number;
  /** Where `pid` means something: the host and, on Linux, the process namespace. */
  readonly scope: string;
}

async function holding<T>(
  path: string,
  staleMs: number,
  signal: AbortSignal | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  const id = randomBytes(16).toString('hex');
  await acquire(path, id, staleMs, signal);
  const lock = held(path, id, staleMs);
  try {
    return await fn();
  } finally {
    await lock.release();
  }
}

function held(path: string, id: string, staleMs: number): HeldLock {
  const refresh = setInterval(() => {
    const now = new Date();
    utimes(path, now, now, () => undefined);
  }, staleMs / 3).unref();
  return {
    release: async () => {
      clearInterval(refresh);
      await release(path, id);
    },
  };
}

async function acquire(
  path: string,
  id: string,
  staleMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let wait: number = WAIT_MS.first; ; wait = Math.min(wait * 2, WAIT_MS.most)) {
    signal?.throwIfAborted();
    if (await create(path, id)) return;
    if (await removeStale(path, staleMs)) continue;
    try {
      await setTimeout(wait * (0.5 + Math.random()), undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
}

/** False if the lock exists. */
async function create(path: string, id: string): Promise<boolean> {
  const holder: Holder = { id, pid: process.pid, scope: scope() };
  let file;
  try {
    file = await open(path, 'wx', 0o644);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw fileSystemError('lock', path, error);
  }
  try {
    await file.writeFile(JSON.stringify(holder));
    return true;
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw fileSystemError('lock', path, error);
  } finally {
    await file.close();
  }
}

async function release(path: string, id: string): Promise<void> {
  // If it was taken over meanwhile, it belongs to someone else now.
  if ((await readHolder(path))?.id === id) await unlink(path).catch(() => undefined);
}

/**
 * Removes a lock without a living holder. A second lock makes sure that nobody removes the
 * lock that another waiter has made in the meantime.
 */
async function removeStale(path: string, staleMs: number): Promise<boolean> {
  if (!(await isStale(path, staleMs))) return false;
  const guard = `${path}.takeover`;
  if (!(await create(guard, ''))) {
    // Held for an instant; one that stays was left by a process that was killed in it.
    if (await isStale(guard, staleMs)) await unlink(guard).catch(() => undefined);
    return false;
  }
  try {
    if (!(await isStale(path, staleMs))) return false;
    await unlink(path).catch(() => undefined);
    return true;
  } finally {
    await unlink(guard).catch(() => undefined);
  }
}

async function isStale(path: string, staleMs: number): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder?.scope === scope() && !isAlive(holder.pid)) return true;
  try {
    const { mtimeMs } = await stat(path);
    return Date.now() - mtimeMs > staleMs;
  } catch {
    return false;
  }
}

/** Undefined if the lock is gone, or not written yet, or was never finished. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  return 'id' in value && 'pid' in value && typeof value.pid === 'number' && 'scope' in value;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** Containers may share a folder and even a host name, but not their process numbers. */
function scope(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

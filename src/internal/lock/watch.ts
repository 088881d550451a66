import { performance } from 'node:perf_hooks';

import { holderState } from './holder.js';
import { type LockRecord, isSameRecord } from './record.js';

interface Observation {
  readonly lock: LockRecord;
  readonly lastMs: number;
  /** Milliseconds for which the lock was seen unchanged. */
  readonly unchangedMs: number;
}

/** The part of the stale interval that the time between two observations counts at most. */
const COUNTED_PART = 1 / 20;

/**
 * What one waiter has seen of the locks that block it. It compares times of files only with each other, because
 * the clock of this machine may jump, and a file server has its own clock.
 */
export class LockWatch {
  readonly #staleMs: number;
  readonly #seen = new Map<string, Observation>();

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  /** Whether the lock is stale: its holder has died, or this waiter saw no sign of life for the stale interval. */
  isStale(path: string, lock: LockRecord): boolean {
    const state = lock.holder === undefined ? 'unknown' : holderState(lock.holder);
    // A stopped process is alive: it may continue at any time.
    if (state === 'dead' || state === 'alive') return state === 'dead';
    return this.#unchangedMs(path, lock) >= this.#staleMs;
  }

  #unchangedMs(path: string, lock: LockRecord): number {
    const now = performance.now();
    const before = this.#seen.get(path);
    // If this process was suspended, its machine, and with it the holder, may have been suspended too.
    const passed = Math.min(now - (before?.lastMs ?? now), this.#staleMs * COUNTED_PART);
    const unchangedMs =
      before !== undefined && isSameRecord(before.lock, lock) ? before.unchangedMs + passed : 0;
    this.#seen.set(path, { lock, lastMs: now, unchangedMs });
    return unchangedMs;
  }
}

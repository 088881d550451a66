import { performance } from 'node:perf_hooks';

import { holderState } from './holder.js';
import { type LockRecord, isSameRecord } from './record.js';

interface Observation {
  readonly lock: LockRecord;
  readonly lastMs: number;
  /** How long the lock was seen unchanged. */
  readonly unchangedMs: number;
}

/** Of the time between two looks at a lock, no more than this part of the stale interval counts. */
const COUNTED_PART = 1 / 20;

/**
 * What one waiter saw of the locks that are in its way. Times in files are compared with each other only: the clock of
 * this machine may jump, and a file server has its own.
 */
export class LockWatch {
  readonly #staleMs: number;
  readonly #seen = new Map<string, Observation>();

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  /** Whether the lock has no holder any more: it has died, or this waiter saw no sign of life for long enough. */
  isStale(path: string, lock: LockRecord): boolean {
    const state = lock.holder === undefined ? 'unknown' : holderState(lock.holder);
    // A process that is stopped goes on where it was.
    if (state === 'dead' || state === 'alive') return state === 'dead';
    return this.#unchangedMs(path, lock) >= this.#staleMs;
  }

  #unchangedMs(path: string, lock: LockRecord): number {
    const now = performance.now();
    const before = this.#seen.get(path);
    // While this process stood still, its machine, and the holder with it, may have stood still as well.
    const passed = Math.min(now - (before?.lastMs ?? now), this.#staleMs * COUNTED_PART);
    const unchangedMs =
      before !== undefined && isSameRecord(before.lock, lock) ? before.unchangedMs + passed : 0;
    this.#seen.set(path, { lock, lastMs: now, unchangedMs });
    return unchangedMs;
  }
}

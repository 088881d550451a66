import type { Readable } from 'node:stream';

import { LimitExceededError } from '../errors/limit-exceeded.js';

/** Caps that keep a small hostile input from becoming an endless output. */
export interface BudgetOptions {
  /** Bytes of output for each byte of input. @default 1000 */
  readonly maxRatio?: number | undefined;
  /** Bytes of output. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

/** Watches one decompression, and the archive that comes out of it. */
export interface Budget {
  /** Takes the totals of a decompression so far, and throws LimitExceededError if they are out of proportion. */
  check(read: number, written: number): void;
  /**
   * Counts bytes that an archive stands for without having them, which are the holes of its sparse files. All holes of
   * one archive count together, because a thousand small files may hold as much as a large one.
   *
   * @param archived - bytes of the archive so far.
   * @throws {@link LimitExceededError} if the holes are out of proportion.
   */
  expand(holes: number, archived: number): void;
}

const DEFAULT_RATIO = 1000;
const DEFAULT_BYTES = 64 * 1024 ** 3;

/** Output up to here may have any ratio: it fits in memory anyway. */
const RATIO_FREE_BYTES = 16 * 1024 ** 2;

export function budget({ maxRatio = DEFAULT_RATIO, maxBytes = DEFAULT_BYTES }: BudgetOptions = {}): Budget {
  let holes = 0;
  return {
    check(read, written) {
      if (written > maxBytes) {
        throw new LimitExceededError('the decompressed size', maxBytes, 'maxBytes');
      }
      if (written > RATIO_FREE_BYTES && written > read * maxRatio) {
        throw new LimitExceededError('the decompression ratio', maxRatio, 'maxRatio');
      }
    },
    expand(more, archived) {
      holes += more;
      if (holes + archived > maxBytes) {
        throw new LimitExceededError('tar: the size with the holes of sparse files', maxBytes, 'maxBytes');
      }
      if (holes > RATIO_FREE_BYTES && holes > archived * maxRatio) {
        throw new LimitExceededError(
          'tar: the part of sparse files that is not stored',
          maxRatio,
          'maxRatio',
        );
      }
    },
  };
}

/** Marks a stream of plain bytes with the caps that its layer has, so that whoever reads an archive in it heeds them. */
export function markBudget<T extends Readable>(stream: T, { maxRatio, maxBytes }: BudgetOptions): T {
  budgets.set(stream, { maxRatio, maxBytes });
  return stream;
}

/** Marks a stream that passes the bytes of `source` on as `source` is marked. */
export function withBudgetOf<T extends Readable>(source: Readable, stream: T): T {
  const options = budgets.get(source);
  return options === undefined ? stream : markBudget(stream, options);
}

/** The caps that a stream is marked with; none for a stream that somebody else made. */
export function budgetOf(stream: Readable): BudgetOptions {
  return budgets.get(stream) ?? {};
}

const budgets = new WeakMap<Readable, BudgetOptions>();

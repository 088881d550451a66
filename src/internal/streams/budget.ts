import type { Readable } from 'node:stream';

import { LimitExceededError } from '../../errors/limit-exceeded.js';

/** Caps that keep a small hostile input from becoming an endless output. */
export interface BudgetOptions {
  /**
   * Bytes of output for each byte of input; the first 16 MiB are free. @default 1100 for gzip, 40 000 for zstd, which
   * their formats cannot reach, so that `maxBytes` bounds them; 1000 for the holes of sparse files above 1 GiB
   */
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
  addHoles(holes: number, archived: number): void;
}

/** A hole costs next to nothing in an archive, so that only a ratio tells what is in proportion. */
const HOLE_RATIO = 1000;
const DEFAULT_BYTES = 64 * 1024 ** 3;

/** Output up to here may have any ratio: it fits in memory anyway. */
const RATIO_FREE_BYTES = 16 * 1024 ** 2;

/**
 * Unless a ratio is asked for, holes up to here may be all that an archive has: `truncate`, swap files and disk images make
 * such files every day.
 */
const FREE_HOLES = 1024 ** 3;

/**
 * @param formatRatio - more than the format itself can reach: files of zeros are ordinary content, and compress that well.
 */
export function budget(
  { maxRatio, maxBytes = DEFAULT_BYTES }: BudgetOptions = {},
  formatRatio = Infinity,
): Budget {
  const outputRatio = maxRatio ?? formatRatio;
  const holeRatio = maxRatio ?? HOLE_RATIO;
  const freeHoles = maxRatio === undefined ? FREE_HOLES : RATIO_FREE_BYTES;
  let holes = 0;
  return {
    check(read, written) {
      if (written > maxBytes) {
        throw new LimitExceededError('the decompressed size', maxBytes, 'maxBytes');
      }
      if (written > RATIO_FREE_BYTES && written > read * outputRatio) {
        throw new LimitExceededError('the decompression ratio', outputRatio, 'maxRatio');
      }
    },
    addHoles(more, archived) {
      holes += more;
      if (holes + archived > maxBytes) {
        throw new LimitExceededError('tar: the size with the holes of sparse files', maxBytes, 'maxBytes');
      }
      if (holes > freeHoles && holes > archived * holeRatio) {
        throw new LimitExceededError(
          'tar: the part of sparse files that is not stored',
          holeRatio,
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
export function inheritBudget<T extends Readable>(source: Readable, stream: T): T {
  const options = budgets.get(source);
  return options === undefined ? stream : markBudget(stream, options);
}

/** The caps that a stream is marked with; none for a stream that somebody else made. */
export function budgetOf(stream: Readable): BudgetOptions {
  return budgets.get(stream) ?? {};
}

const budgets = new WeakMap<Readable, BudgetOptions>();

import type { Readable } from 'node:stream';

import { LimitExceededError } from '../../errors/limit-exceeded.js';

/** Caps that keep a small hostile input from becoming an endless output. */
export interface BudgetOptions {
  /**
   * Bytes of output for each byte of input; the first 16 MiB of output are not checked. @default 1100 for gzip and
   * 40 000 for zstd, which their formats cannot reach, so that `maxBytes` is the cap; 1000 for the holes of sparse
   * files above 1 GiB
   */
  readonly maxRatio?: number | undefined;
  /** Bytes of output. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

/** Checks one decompression, and the archive that comes out of it, against the caps. */
export interface Budget {
  /**
   * Checks the totals of a decompression so far.
   *
   * @throws LimitExceededError if the output is too large, or too large for its input.
   */
  check(read: number, written: number): void;
  /**
   * Counts the holes of an archive's sparse files: bytes of content that the archive does not store. All holes of
   * one archive count together, because a thousand small files may hold as much as a large one.
   *
   * @param archived - bytes of the archive so far.
   * @throws LimitExceededError if the holes are too large, or too large for the archive.
   */
  addHoles(holes: number, archived: number): void;
}

/** A hole takes almost no bytes in an archive, so only a ratio can bound holes. */
const HOLE_RATIO = 1000;
const DEFAULT_BYTES = 64 * 1024 ** 3;

/** Output up to this size may have any ratio, because it fits in memory. */
const RATIO_FREE_BYTES = 16 * 1024 ** 2;

/**
 * Unless the caller sets a ratio, an archive may consist of holes up to this size: `truncate`, swap files and disk
 * images make such files every day.
 */
const FREE_HOLES = 1024 ** 3;

/**
 * @param formatRatio - a ratio that the format itself cannot reach: files of zeros are ordinary content, and
 * compress that well.
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

/** Marks a stream of plain bytes with the caps of its layer. A reader of the archive in it applies them. */
export function markBudget<T extends Readable>(stream: T, { maxRatio, maxBytes }: BudgetOptions): T {
  budgets.set(stream, { maxRatio, maxBytes });
  return stream;
}

/** Gives a stream that passes on the bytes of `source` the caps of `source`. */
export function inheritBudget<T extends Readable>(source: Readable, stream: T): T {
  const options = budgets.get(source);
  return options === undefined ? stream : markBudget(stream, options);
}

/** The caps of a stream; none for a stream that this package did not mark. */
export function budgetOf(stream: Readable): BudgetOptions {
  return budgets.get(stream) ?? {};
}

const budgets = new WeakMap<Readable, BudgetOptions>();

import { LimitExceededError } from '../errors/limit-exceeded.js';

/** Caps that keep a small hostile input from becoming an endless output. */
export interface BudgetOptions {
  /** Bytes of output for each byte of input. @default 1000 */
  readonly maxRatio?: number | undefined;
  /** Bytes of output. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

/** Watches one decompression. */
export interface Budget {
  /** Takes the totals so far, and throws LimitExceededError if they are out of proportion. */
  check(read: number, written: number): void;
}

const DEFAULT_RATIO = 1000;
const DEFAULT_BYTES = 64 * 1024 ** 3;

/** Output up to here may have any ratio: it fits in memory anyway. */
const RATIO_FREE_BYTES = 16 * 1024 ** 2;

export function budget({ maxRatio = DEFAULT_RATIO, maxBytes = DEFAULT_BYTES }: BudgetOptions = {}): Budget {
  return {
    check(read, written) {
      if (written > maxBytes) {
        throw new LimitExceededError('the decompressed size', maxBytes, 'maxBytes');
      }
      if (written > RATIO_FREE_BYTES && written > read * maxRatio) {
        throw new LimitExceededError('the decompression ratio', maxRatio, 'maxRatio');
      }
    },
  };
}

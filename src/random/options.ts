import { randomBytes } from 'node:crypto';

/** Options of `random.layer` and `random.index`. */
export interface RandomOptions {
  /**
   * The same seed and sizes give the same bytes, and so the same digests, on every machine. Without a seed, every call
   * makes different content.
   */
  readonly seed?: string | number | undefined;
}

/** Derives a seed for one of several parts. */
export type SeedOf = (part: number) => string;

/** The seeds for the parts of random content. */
export function seedsFrom({ seed = randomBytes(16).toString('hex') }: RandomOptions): SeedOf {
  return (part) => `${seed}/${part}`;
}

/** @throws TypeError if the value is not a non-negative integer. */
export function assertCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`${name} must be a non-negative integer, not ${value}`);
  }
}

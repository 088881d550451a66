import { randomBytes } from 'node:crypto';

export interface RandomOptions {
  /**
   * The same seed and sizes give the same bytes, and so the same digests, on every machine. Without a seed, every call
   * makes different content.
   */
  readonly seed?: string | number | undefined;
}

/** Derives a seed for one of several parts. */
export type SeedOf = (part: number) => string;

export function seedsFrom({ seed = randomBytes(16).toString('hex') }: RandomOptions): SeedOf {
  return (part) => `${seed}/${part}`;
}

export function assertCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`${name} must be a non-negative integer, not ${value}`);
  }
}

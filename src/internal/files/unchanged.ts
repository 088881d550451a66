import type { BigIntStats } from 'node:fs';
import { SourceChangedError } from '../../errors/source-changed.js';

/**
 * Checks that two states of a path are of the same file with the same content.
 *
 * @throws SourceChangedError if the path leads to another file than before, or the file was written to.
 */
export function assertUnchanged(path: string, before: BigIntStats, now: BigIntStats): void {
  const changed = FIELDS.find((field) => before[field] !== now[field]);
  if (changed !== undefined) throw new SourceChangedError(path, CHANGES[changed]);
}

const FIELDS = ['dev', 'ino', 'size', 'mtimeNs'] as const;

const CHANGES = {
  dev: 'another file has its name',
  ino: 'another file has its name',
  size: 'its size differs',
  mtimeNs: 'it was written to',
} as const;

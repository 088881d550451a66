import { numberAt } from '../format/block.js';
import { invalidSparseMap, type SparseParts, partsOf } from './map.js';

/**
 * The position of the map in the header block of GNU's old format, or in a continuation block. It consists of
 * pairs of 12-byte numbers.
 */
interface MapLocation {
  readonly start: number;
  readonly count: number;
}

const IN_HEADER: MapLocation = { start: 386, count: 4 };
const IN_CONTINUATION: MapLocation = { start: 0, count: 21 };

const FIELD = 12;
const REAL_SIZE = [483, FIELD] as const;

/** Size of the expanded file, from the header block of a sparse file. */
export function oldSparseSize(block: Buffer): number {
  const size = numberAt(block, REAL_SIZE);
  if (size === undefined || size < 0) throw invalidSparseMap();
  return size;
}

/** The parts that a block lists, and whether another such block follows. */
export function oldSparseParts(
  block: Buffer,
  isHeader: boolean,
): { readonly parts: SparseParts; readonly more: boolean } {
  const { start, count } = isHeader ? IN_HEADER : IN_CONTINUATION;
  const end = start + count * 2 * FIELD;
  const numbers: number[] = [];
  for (let at = start; at < end && block[at] !== 0; at += FIELD) {
    const number = numberAt(block, [at, FIELD]);
    if (number === undefined || number < 0) throw invalidSparseMap();
    numbers.push(number);
  }
  if (numbers.length % 2 !== 0) throw invalidSparseMap();
  return { parts: partsOf(numbers), more: block[end] !== 0 };
}

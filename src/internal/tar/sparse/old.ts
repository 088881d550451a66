import { numberAt } from '../format/block.js';
import { invalid, type SparseParts, partsOf } from './sparse.js';

/** The map in the header block of GNU's old format, or in a block behind it: pairs of 12 bytes each. */
interface MapPlace {
  readonly start: number;
  readonly count: number;
}

const IN_HEADER: MapPlace = { start: 386, count: 4 };
const BEHIND: MapPlace = { start: 0, count: 21 };

const FIELD = 12;
const REAL_SIZE = [483, FIELD] as const;

/** Size of the whole file, from the header block of a sparse one. */
export function oldSparseSize(block: Buffer): number {
  const size = numberAt(block, REAL_SIZE);
  if (size === undefined || size < 0) throw invalid();
  return size;
}

/** Parts that a block lists, and whether another such block follows. */
export function oldSparseParts(
  block: Buffer,
  isHeader: boolean,
): { readonly parts: SparseParts; readonly more: boolean } {
  const { start, count } = isHeader ? IN_HEADER : BEHIND;
  const end = start + count * 2 * FIELD;
  const numbers: number[] = [];
  for (let at = start; at < end && block[at] !== 0; at += FIELD) {
    const number = numberAt(block, [at, FIELD]);
    if (number === undefined || number < 0) throw invalid();
    numbers.push(number);
  }
  if (numbers.length % 2 !== 0) throw invalid();
  return { parts: partsOf(numbers), more: block[end] !== 0 };
}

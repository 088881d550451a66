import { align, aligned, put, startAt } from './bits';
import { putBlock } from './block';
import { findMatches, startFrom } from './matches';
import { BLOCK, COUNTS_END, LITERAL_COUNTS, WORK_SIZE } from './memory';
import { fillMatchSymbols } from './symbols';

/** Bytes that a caller of {@link deflate} works in. */
export const workSize: usize = WORK_SIZE;

/**
 * Deflates (RFC 1951) `size` bytes at `input`, which may refer back to the `dictionary` bytes right before them,
 * to `output`; returns the number of bytes there: `size`, 11 for each 64 KiB begun and 16 more are enough room.
 * What is not the last piece ends on a byte boundary, so that another can follow.
 *
 * For speed: about as small as zlib's level 1. At least 64 KiB of memory must lie before the dictionary; what they
 * hold does not matter. The same bytes always give the same bytes.
 */
export function deflate(
  work: usize,
  input: usize,
  dictionary: u32,
  size: u32,
  output: usize,
  last: bool,
): u32 {
  const base = input - dictionary;
  const end = input + size;
  startAt(output);
  fillMatchSymbols(work);
  startFrom(work, base, input);
  for (let start = input; start < end;) {
    const blockEnd = min(start + BLOCK, end);
    memory.fill(work + LITERAL_COUNTS, 0, COUNTS_END - LITERAL_COUNTS);
    const sequencesEnd = findMatches(work, base, start, blockEnd);
    putBlock(work, start, blockEnd, sequencesEnd, last && blockEnd == end);
    start = blockEnd;
  }
  // A block with fixed codes that has only its end.
  if (last && size == 0) put(3, 10);
  // An empty stored block brings other pieces to a byte boundary.
  if (!last && !aligned()) {
    put(0, 3);
    align();
    put(0xffff0000, 32);
  }
  return <u32>(align() - output);
}

import {
  DISTANCE_COUNTS,
  HASH_BITS,
  LITERAL_COUNTS,
  MATCH_COUNTS,
  POSITIONS,
  SEQUENCES,
  add,
} from './memory';
import { symbolOfDistance } from './symbols';

const WINDOW: u32 = 32 * 1024;
const SHORTEST: u32 = 4;
const LONGEST: u32 = 258;

/** Closer to the end no match is looked for: loads of eight bytes stay within the input. */
const MARGIN: usize = 12;

/** After 64 bytes without a match one is left out between two looks, after 128 two, and so on up to here. */
const PATIENCE: u32 = 6;
const LONGEST_STEP: u32 = 16;

function entryOf(positions: usize, four: u32): usize {
  return positions + (((<usize>(four * 0x9e3779b1)) >> (32 - HASH_BITS)) << 1);
}

function remember(positions: usize, base: usize, at: usize): void {
  store<u16>(entryOf(positions, load<u32>(at)), <u16>(at - base));
}

/** Forgets what was seen, then sees the bytes before `end`, back to `base`. */
export function startFrom(work: usize, base: usize, end: usize): void {
  memory.fill(work + POSITIONS, 0, ((<usize>1) << HASH_BITS) << 1);
  for (let at = base; at + SHORTEST <= end; at++) remember(work + POSITIONS, base, at);
}

/**
 * Cuts [start, end) into literals and matches, which reach back to `base` at most, and counts them.
 * Returns the end of the sequences.
 *
 * Greedy, and one candidate for each position: the last one with the same hash. Of the positions that
 * a match covers, a few at both its ends are remembered. Depends on no byte outside of [base, end).
 */
export function findMatches(work: usize, base: usize, start: usize, end: usize): usize {
  const positions = work + POSITIONS;
  const literals = work + LITERAL_COUNTS;
  let sequence = work + SEQUENCES;
  let pending = start;
  let at = start;
  const limit = end - start > MARGIN ? end - MARGIN : start;
  let misses: u32 = 0;
  while (at < limit) {
    const four = load<u32>(at);
    const entry = entryOf(positions, four);
    const offset = <u32>(at - base);
    const distance: u32 = (offset - <u32>load<u16>(entry)) & 0xffff;
    store<u16>(entry, <u16>offset);
    const farthest: u32 = offset < WINDOW ? offset : WINDOW;
    // One condition, as processors guess one better than two. There is memory before `base`.
    if (((load<u32>(at - distance) ^ four) | u32(distance - 1 >= farthest)) == 0) {
      while (at > pending && at - distance > base && load<u8>(at - 1) == load<u8>(at - 1 - distance)) {
        at--;
        add(literals, load<u8>(at), -1);
      }
      const length = matchLength(at, at - distance, end);
      store<u64>(sequence, (<u64>(at - pending)) | ((<u64>length) << 32) | ((<u64>distance) << 48));
      sequence += 8;
      add(work + MATCH_COUNTS, length, 1);
      add(work + DISTANCE_COUNTS, symbolOfDistance(distance - 1), 1);
      const after = at + length;
      if (after < limit) {
        remember(positions, base, at + 1);
        remember(positions, base, at + 2);
        remember(positions, base, at + 3);
        remember(positions, base, after - 2);
        remember(positions, base, after - 1);
      }
      at = after;
      pending = after;
      misses = 0;
    } else {
      add(literals, four & 0xff, 1);
      at++;
      misses++;
      if (misses >> PATIENCE != 0) {
        const step = min(misses >> PATIENCE, LONGEST_STEP);
        const to = min(at + step, limit);
        while (at < to) add(literals, load<u8>(at++), 1);
      }
    }
  }
  while (at < end) add(literals, load<u8>(at++), 1);
  store<u64>(sequence, <u64>(end - pending));
  return sequence + 8;
}

/** How far two places agree that agree in four bytes. */
function matchLength(at: usize, before: usize, end: usize): u32 {
  const most: u32 = end - at < LONGEST ? <u32>(end - at) : LONGEST;
  let length: u32 = SHORTEST;
  while (length + 8 <= most) {
    const difference = load<u64>(at + length) ^ load<u64>(before + length);
    if (difference != 0) return length + <u32>(ctz(difference) >> 3);
    length += 8;
  }
  while (length < most && load<u8>(at + length) == load<u8>(before + length)) length++;
  return length;
}

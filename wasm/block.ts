import { align, here, pendingBits, pendingCount, put, writeFrom } from './bits';
import { makeCode } from './huffman';
import {
  CODE_LENGTHS,
  DISTANCE_CODES,
  DISTANCE_COUNTS,
  DISTANCE_SYMBOLS,
  LENGTH_CODES,
  LENGTH_CODE_LENGTHS,
  LENGTH_COUNTS,
  LENGTH_SYMBOLS,
  LITERAL_CODES,
  LITERAL_COUNTS,
  LITERAL_SYMBOLS,
  MATCH_CODES,
  MATCH_COUNTS,
  MATCH_SYMBOLS,
  SEQUENCES,
  STEPS,
  add,
  get,
  set,
} from './memory';
import { extraOfDistance, extraOfLength, firstLength, symbolOfDistance } from './symbols';

const END: u32 = 256;

/** Four of them and the rest of a byte fit into 64 bits, so that literals go out by fours. */
const LONGEST_LITERAL_CODE: u32 = 14;
const LONGEST_DISTANCE_CODE: u32 = 15;
const LONGEST_LENGTH_CODE: u32 = 7;

const MOST_STORED: usize = 0xffff;

/** Writes [start, end), of which the sequences and counts are known, as one block, or as it is if that is shorter. */
export function putBlock(work: usize, start: usize, end: usize, sequencesEnd: usize, last: bool): void {
  let cost = countExtraBits(work);
  const lengths = work + CODE_LENGTHS;
  add(work + LITERAL_COUNTS, END, 1);
  makeCode(work, work + LITERAL_COUNTS, LITERAL_SYMBOLS, LONGEST_LITERAL_CODE, lengths, work + LITERAL_CODES);
  const literals = lastUsed(lengths, LITERAL_SYMBOLS);
  atLeastTwo(work + DISTANCE_COUNTS, DISTANCE_SYMBOLS);
  makeCode(
    work,
    work + DISTANCE_COUNTS,
    DISTANCE_SYMBOLS,
    LONGEST_DISTANCE_CODE,
    lengths + literals,
    work + DISTANCE_CODES,
  );
  const distances = lastUsed(lengths + literals, DISTANCE_SYMBOLS);
  const stepsEnd = describeLengths(work, literals + distances);
  atLeastTwo(work + LENGTH_COUNTS, LENGTH_SYMBOLS);
  const lengthLengths = work + LENGTH_CODE_LENGTHS;
  makeCode(
    work,
    work + LENGTH_COUNTS,
    LENGTH_SYMBOLS,
    LONGEST_LENGTH_CODE,
    lengthLengths,
    work + LENGTH_CODES,
  );
  let lengthCodes: u32 = LENGTH_SYMBOLS;
  while (lengthCodes > 4 && load<u8>(lengthLengths + inOrder(lengthCodes - 1)) == 0) lengthCodes--;

  cost += 17 + 3 * lengthCodes;
  cost += bitsOf(work + LENGTH_COUNTS, lengthLengths, LENGTH_SYMBOLS);
  cost +=
    2 * get(work + LENGTH_COUNTS, 16) + 3 * get(work + LENGTH_COUNTS, 17) + 7 * get(work + LENGTH_COUNTS, 18);
  cost += bitsOf(work + LITERAL_COUNTS, lengths, literals);
  cost += bitsOf(work + DISTANCE_COUNTS, lengths + literals, distances);
  if (cost >= <u32>(end - start) * 8) return putStored(start, end, last);

  put(u32(last) | (2 << 1), 3);
  put((literals - 257) | ((distances - 1) << 5) | ((lengthCodes - 4) << 10), 14);
  for (let i: u32 = 0; i < lengthCodes; i++) put(load<u8>(lengthLengths + inOrder(i)), 3);
  for (let step = work + STEPS; step < stepsEnd; step += 2) {
    const symbol: u32 = load<u16>(step) & 31;
    const code = get(work + LENGTH_CODES, symbol);
    put(code & 0xffffff, code >> 24);
    if (symbol >= 16) put(load<u16>(step) >> 5, symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
  }
  fillMatchCodes(work);
  putSequences(work, start, sequencesEnd);
}

/** Turns counts of lengths into counts of symbols; returns the extra bits of all matches. */
function countExtraBits(work: usize): u32 {
  let extra: u32 = 0;
  for (let length: u32 = 3; length <= 258; length++) {
    const count = get(work + MATCH_COUNTS, length);
    if (count == 0) continue;
    const symbol: u32 = load<u8>(work + MATCH_SYMBOLS + length);
    add(work + LITERAL_COUNTS, END + 1 + symbol, count);
    extra += count * extraOfLength(symbol);
  }
  for (let symbol: u32 = 4; symbol < DISTANCE_SYMBOLS; symbol++) {
    extra += get(work + DISTANCE_COUNTS, symbol) * ((symbol >> 1) - 1);
  }
  return extra;
}

/** Some decoders refuse a code of fewer symbols. */
function atLeastTwo(counts: usize, symbols: u32): void {
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) used += u32(get(counts, symbol) != 0);
  for (let symbol: u32 = 0; used < 2; symbol++) {
    if (get(counts, symbol) != 0) continue;
    set(counts, symbol, 1);
    used++;
  }
}

function lastUsed(lengths: usize, symbols: u32): u32 {
  let used = symbols;
  while (load<u8>(lengths + used - 1) == 0) used--;
  return used;
}

function bitsOf(counts: usize, lengths: usize, symbols: u32): u32 {
  let bits: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++)
    bits += get(counts, symbol) * load<u8>(lengths + symbol);
  return bits;
}

/** The order 16, 17, 18, 0, 8, 7, 9, 6 ... 1, 15 of RFC 1951, section 3.2.7. */
function inOrder(index: u32): u32 {
  if (index < 4) return index == 3 ? 0 : 16 + index;
  const half = (index - 4) >> 1;
  return (index & 1) == 0 ? 8 + half : 7 - half;
}

/** Code lengths as runs (RFC 1951, section 3.2.7). Returns the end of the steps. */
function describeLengths(work: usize, total: u32): usize {
  const lengths = work + CODE_LENGTHS;
  const counts = work + LENGTH_COUNTS;
  let step = work + STEPS;
  let next: u32 = 0;
  while (next < total) {
    const length: u32 = load<u8>(lengths + next);
    let run: u32 = 1;
    while (next + run < total && load<u8>(lengths + next + run) == length) run++;
    next += run;
    if (length != 0) {
      step = putStep(step, counts, length, 0);
      run--;
    }
    while (run >= 3) {
      const most: u32 = length != 0 ? 6 : run < 11 ? 10 : 138;
      const least: u32 = most == 138 ? 11 : 3;
      const repeated = min(run, most);
      step = putStep(step, counts, length != 0 ? 16 : most == 10 ? 17 : 18, repeated - least);
      run -= repeated;
    }
    for (; run > 0; run--) step = putStep(step, counts, length, 0);
  }
  return step;
}

function putStep(step: usize, counts: usize, symbol: u32, extra: u32): usize {
  store<u16>(step, <u16>(symbol | (extra << 5)));
  add(counts, symbol, 1);
  return step + 2;
}

function putStored(start: usize, end: usize, last: bool): void {
  for (let at = start; at < end;) {
    const size = min(end - at, MOST_STORED);
    put(u32(last && at + size == end), 3);
    const output = align();
    store<u32>(output, ((<u32>size) & 0xffff) | (~(<u32>size) << 16));
    memory.copy(output + 4, at, size);
    writeFrom(output + 4 + size, 0, 0);
    at += size;
  }
}

/** One entry for each length, so that a match takes one look. */
function fillMatchCodes(work: usize): void {
  for (let symbol: u32 = 0; symbol <= 28; symbol++) {
    const code = get(work + LITERAL_CODES, END + 1 + symbol);
    const width = code >> 24;
    if (width == 0) continue;
    const extra = extraOfLength(symbol);
    const first = firstLength(symbol);
    for (let value: u32 = 0; value < 1 << extra && (first + value < 258 || symbol == 28); value++) {
      set(work + MATCH_CODES, first + value, (code & 0xffffff) | (value << width) | ((width + extra) << 24));
    }
  }
}

/** The inner loop: everything lies in local variables, and bits go out where 64 of them could be full. */
function putSequences(work: usize, start: usize, sequencesEnd: usize): void {
  const literalCodes = work + LITERAL_CODES;
  let output = here();
  let bits = pendingBits();
  let count = pendingCount();
  let at = start;
  for (let next = work + SEQUENCES; next < sequencesEnd; next += 8) {
    const sequence = load<u64>(next);
    let literals = <u32>sequence;
    while (literals >= 4) {
      for (let i: usize = 0; i < 4; i++) {
        const code = get(literalCodes, load<u8>(at + i));
        bits |= (<u64>(code & 0xffffff)) << count;
        count += code >> 24;
      }
      store<u64>(output, bits);
      output += <usize>(count >> 3);
      bits >>= count & 56;
      count &= 7;
      at += 4;
      literals -= 4;
    }
    // Up to three more, without a branch that nobody could guess; others have no bits.
    for (let i: u32 = 0; i < 3; i++) {
      const code = select<u32>(get(literalCodes, load<u8>(at + i)), 0, literals > i);
      bits |= (<u64>(code & 0xffffff)) << count;
      count += code >> 24;
    }
    store<u64>(output, bits);
    output += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
    at += literals;

    const length = (<u32>(sequence >> 32)) & 0xffff;
    if (length == 0) continue;
    at += length;
    const matchCode = get(work + MATCH_CODES, length);
    bits |= (<u64>(matchCode & 0xffffff)) << count;
    count += matchCode >> 24;
    const back = <u32>(sequence >> 48) - 1;
    const distanceCode = get(work + DISTANCE_CODES, symbolOfDistance(back));
    bits |= (<u64>(distanceCode & 0xffffff)) << count;
    count += distanceCode >> 24;
    const extra = extraOfDistance(back);
    bits |= (<u64>(back & ((1 << extra) - 1))) << count;
    count += extra;
    store<u64>(output, bits);
    output += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
  }
  writeFrom(output, bits, count);
  const end = get(literalCodes, END);
  put(end & 0xffffff, end >> 24);
}

import { BUCKETS, SCRATCH, SORTED, add, get, set } from './memory';

/** Bits of a word that hold a symbol; its count is above them. */
const SYMBOL_BITS: u32 = 9;
const SYMBOL: u32 = (1 << SYMBOL_BITS) - 1;

/**
 * Makes a prefix code in which no symbol has more than `longest` bits, from the counts of `symbols` symbols.
 * At least two of them must occur. Those that do not occur have no code.
 */
export function makeCode(
  work: usize,
  counts: usize,
  symbols: u32,
  longest: u32,
  lengths: usize,
  codes: usize,
): void {
  const used = sortByCount(work, counts, symbols);
  const perLength = work + BUCKETS;
  countLengths(work, used, longest, perLength);
  // The rarest have the longest codes.
  memory.fill(lengths, 0, symbols);
  let next: u32 = 0;
  for (let length = longest; length > 0; length--) {
    for (let left = get(perLength, length); left > 0; left--) {
      store<u8>(lengths + (get(work + SORTED, next++) & SYMBOL), <u8>length);
    }
  }
  assignCodes(perLength, work + SCRATCH, symbols, longest, lengths, codes);
}

/** Puts the symbols that occur into SORTED, the rarest first, each below its count; returns their number. */
function sortByCount(work: usize, counts: usize, symbols: u32): u32 {
  let from = work + SCRATCH;
  let to = work + SORTED;
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count = get(counts, symbol);
    if (count != 0) set(from, used++, (count << SYMBOL_BITS) | symbol);
  }
  // Three steps take counts of up to 24 bits, and end in SORTED.
  const buckets = work + BUCKETS;
  for (let shift = SYMBOL_BITS; shift < SYMBOL_BITS + 24; shift += 8) {
    memory.fill(buckets, 0, 256 * 4);
    for (let i: u32 = 0; i < used; i++) add(buckets, (get(from, i) >> shift) & 0xff, 1);
    let before: u32 = 0;
    for (let i: u32 = 0; i < 256; i++) {
      const count = get(buckets, i);
      set(buckets, i, before);
      before += count;
    }
    for (let i: u32 = 0; i < used; i++) {
      const word = get(from, i);
      const bucket = (word >> shift) & 0xff;
      set(to, get(buckets, bucket), word);
      add(buckets, bucket, 1);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  return used;
}

/**
 * How many codes of each length the best code has (Moffat and Katajainen, "In-place calculation of
 * minimum-redundancy codes"), then shortened to `longest` bits.
 */
function countLengths(work: usize, used: u32, longest: u32, perLength: usize): void {
  const nodes = work + SCRATCH;
  for (let i: u32 = 0; i < used; i++) set(nodes, i, get(work + SORTED, i) >> SYMBOL_BITS);

  // Joins the two lightest, again and again. A joined one comes to know its parent's place.
  let leaf: u32 = 0;
  let root: u32 = 0;
  for (let next: u32 = 0; next < used - 1; next++) {
    let weight: u32 = 0;
    for (let half = 0; half < 2; half++) {
      if (leaf >= used || (root < next && get(nodes, root) < get(nodes, leaf))) {
        weight += get(nodes, root);
        set(nodes, root++, next);
      } else {
        weight += get(nodes, leaf++);
      }
    }
    set(nodes, next, weight);
  }

  // Parents become depths, from the root down.
  set(nodes, used - 2, 0);
  for (let i = <i32>used - 3; i >= 0; i--) set(nodes, i, get(nodes, get(nodes, i)) + 1);

  memory.fill(perLength, 0, 16 * 4);
  let places: u32 = 1;
  let inner = <i32>used - 2;
  for (let depth: u32 = 0; places > 0; depth++) {
    let parents: u32 = 0;
    while (inner >= 0 && get(nodes, inner) == depth) {
      parents++;
      inner--;
    }
    add(perLength, min(depth, longest), places - parents);
    places = 2 * parents;
  }
  shorten(perLength, longest);
}

/** Makes codes that were cut to `longest` bits a prefix code again: each step lengthens a shorter one. */
function shorten(perLength: usize, longest: u32): void {
  let taken: u32 = 0;
  for (let length: u32 = 1; length <= longest; length++)
    taken += get(perLength, length) << (longest - length);
  for (let excess = taken - (1 << longest); excess > 0; excess--) {
    let length = longest - 1;
    while (get(perLength, length) == 0) length--;
    add(perLength, length, -1);
    add(perLength, length + 1, 2);
    add(perLength, longest, -1);
  }
}

/** RFC 1951, section 3.2.2: codes follow from their lengths. */
function assignCodes(
  perLength: usize,
  next: usize,
  symbols: u32,
  longest: u32,
  lengths: usize,
  codes: usize,
): void {
  let first: u32 = 0;
  for (let length: u32 = 1; length <= longest; length++) {
    set(next, length, first);
    first = (first + get(perLength, length)) << 1;
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    if (length == 0) {
      set(codes, symbol, 0);
    } else {
      const code = get(next, length);
      set(next, length, code + 1);
      set(codes, symbol, (reversed(code) >> (16 - length)) | (length << 24));
    }
  }
}

/** 16 bits, the last first. */
function reversed(bits: u32): u32 {
  let result = ((bits & 0x5555) << 1) | ((bits >> 1) & 0x5555);
  result = ((result & 0x3333) << 2) | ((result >> 2) & 0x3333);
  result = ((result & 0x0f0f) << 4) | ((result >> 4) & 0x0f0f);
  return ((result & 0x00ff) << 8) | (result >> 8);
}

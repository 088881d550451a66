import { MATCH_SYMBOLS } from './memory';

// RFC 1951, section 3.2.5: lengths and distances as symbols with extra bits.

const LONGEST: u32 = 258;
const LONGEST_SYMBOL: u32 = 28;

export function extraOfLength(symbol: u32): u32 {
  return symbol < 8 || symbol == LONGEST_SYMBOL ? 0 : (symbol >> 2) - 1;
}

/** The shortest length that has a symbol. */
export function firstLength(symbol: u32): u32 {
  if (symbol < 8) return 3 + symbol;
  if (symbol == LONGEST_SYMBOL) return LONGEST;
  return 3 + ((4 + (symbol & 3)) << extraOfLength(symbol));
}

export function extraOfDistance(back: u32): u32 {
  return 30 - clz(back | 2);
}

/** The symbol of a distance, given as the number of bytes between, that is, less one. */
export function symbolOfDistance(back: u32): u32 {
  const extra = extraOfDistance(back);
  return 2 * extra + (back >> extra);
}

export function fillMatchSymbols(work: usize): void {
  for (let symbol: u32 = 0; symbol <= LONGEST_SYMBOL; symbol++) {
    const first = firstLength(symbol);
    const count: u32 = 1 << extraOfLength(symbol);
    memory.fill(work + MATCH_SYMBOLS + first, <u8>symbol, count);
  }
}

// What one caller works in, so that many can share one memory. All offsets are in bytes from `work`.

/** Bits of a hash: the table has to fit into a processor's nearest cache. */
export const HASH_BITS: u32 = 14;

/** Input of one deflate block: small enough that its codes fit it, large enough to pay for their description. */
export const BLOCK: usize = 64 * 1024;

export const LITERAL_SYMBOLS: u32 = 286;
export const DISTANCE_SYMBOLS: u32 = 30;
export const LENGTH_SYMBOLS: u32 = 19;

/** u16 for each hash: the last position that had it, as its low bits. */
export const POSITIONS: usize = 0;

/** u32 for each symbol: how often it occurs. */
export const LITERAL_COUNTS: usize = POSITIONS + (((<usize>1) << HASH_BITS) << 1);
export const DISTANCE_COUNTS: usize = LITERAL_COUNTS + 288 * 4;
/** u32 for each length of a match, up to 258. */
export const MATCH_COUNTS: usize = DISTANCE_COUNTS + 32 * 4;
/** u32 for each symbol of the code of the code lengths. */
export const LENGTH_COUNTS: usize = MATCH_COUNTS + 260 * 4;
export const COUNTS_END: usize = LENGTH_COUNTS + 20 * 4;

/** u32 for each symbol: its code, first bit lowest, and from bit 24 on the number of its bits. */
export const LITERAL_CODES: usize = COUNTS_END;
export const DISTANCE_CODES: usize = LITERAL_CODES + 288 * 4;
export const LENGTH_CODES: usize = DISTANCE_CODES + 32 * 4;
/** The same for each length of a match, its extra bits included. */
export const MATCH_CODES: usize = LENGTH_CODES + 20 * 4;

/** u8 for each symbol: the number of bits of its code. Those of distances follow those of literals in use. */
export const CODE_LENGTHS: usize = MATCH_CODES + 260 * 4;
export const LENGTH_CODE_LENGTHS: usize = CODE_LENGTHS + 320;
/** u8 for each length of a match: its symbol, counted from 257. */
export const MATCH_SYMBOLS: usize = LENGTH_CODE_LENGTHS + 20;
/** u16 for each step of the description of the code lengths: symbol, and from bit 5 on its extra bits. */
export const STEPS: usize = MATCH_SYMBOLS + 260;

/** u32 for each symbol, twice, and u32 for each value of a byte: what the making of a code needs. */
export const SORTED: usize = STEPS + 320 * 2;
export const SCRATCH: usize = SORTED + 288 * 4;
export const BUCKETS: usize = SCRATCH + 288 * 4;

/** u64 for each sequence: literals, then from bit 32 on the length and from bit 48 on the distance of a match. */
export const SEQUENCES: usize = (BUCKETS + 256 * 4 + 15) & ~15;

export const WORK_SIZE: usize = SEQUENCES + (BLOCK / 4 + 2) * 8;

export function get(table: usize, index: u32): u32 {
  return load<u32>(table + ((<usize>index) << 2));
}

export function set(table: usize, index: u32, value: u32): void {
  store<u32>(table + ((<usize>index) << 2), value);
}

export function add(table: usize, index: u32, value: u32): void {
  set(table, index, get(table, index) + value);
}

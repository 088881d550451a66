/** Where the next byte goes, and the bits that do not make one yet. One instance writes one output at a time. */
let output: usize = 0;
let bits: u64 = 0;
let count: u64 = 0;

export function startAt(at: usize): void {
  output = at;
  bits = 0;
  count = 0;
}

/** Appends up to 32 bits, the lowest first. Writes ahead: eight bytes behind the end must be free. */
export function put(value: u32, width: u32): void {
  bits |= (<u64>value) << count;
  count += width;
  store<u64>(output, bits);
  output += <usize>(count >> 3);
  bits >>= count & 56;
  count &= 7;
}

/** Completes the last byte with zeros; returns the end of the output. */
export function align(): usize {
  if (count > 0) put(0, 8 - <u32>count);
  return output;
}

export function aligned(): bool {
  return count == 0;
}

/** Lets somebody else append: {@link writeFrom} continues behind them. */
export function here(): usize {
  return output;
}

export function pendingBits(): u64 {
  return bits;
}

export function pendingCount(): u64 {
  return count;
}

export function writeFrom(at: usize, pending: u64, width: u64): void {
  output = at;
  bits = pending;
  count = width;
}

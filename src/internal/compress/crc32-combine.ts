/** The polynomial of CRC-32, with the highest power in the lowest bit. */
const POLYNOMIAL = 0xedb88320;

const ONE = 0x80000000;

/** x to the power of 8, which stands for one byte. */
const BYTE = 0x00800000;

/**
 * The CRC-32 of two pieces that follow each other, computed from the CRC-32 of each and the length of the second
 * in bytes.
 */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return (multiply(first, shiftFactor(secondLength)) ^ second) >>> 0;
}

/** The factor for a checksum that is followed by that many bytes. */
function shiftFactor(bytes: number): number {
  let result = ONE;
  let power = BYTE;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(result, power);
    power = multiply(power, power);
  }
  return result;
}

/** The product of two polynomials over GF(2), modulo the polynomial of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product;
}

/**
 * The part of DER that a certificate needs. Each function returns the bytes of one value.
 *
 * @see https://www.itu.int/rec/T-REC-X.690
 */

type Bytes = Uint8Array;

function encode(tag: number, content: Bytes): Bytes {
  const { byteLength } = content;
  if (byteLength < 0x80) return Buffer.concat([Uint8Array.of(tag, byteLength), content]);
  const length = byteLength < 0x100 ? [0x81, byteLength] : [0x82, byteLength >> 8, byteLength & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...length), content]);
}

export function sequence(...items: readonly Bytes[]): Bytes {
  return encode(0x30, Buffer.concat(items));
}

export function set(...items: readonly Bytes[]): Bytes {
  return encode(0x31, Buffer.concat(items));
}

/** A non-negative integer, given as big-endian bytes. */
export function integer(bytes: Bytes): Bytes {
  // A first byte with its high bit set would make the number negative.
  return encode(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes);
}

export function boolean(value: boolean): Bytes {
  return encode(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** A bit string whose length is a multiple of eight. */
export function bitString(bytes: Bytes): Bytes {
  return encode(0x03, Buffer.concat([Uint8Array.of(0), bytes]));
}

export function octetString(bytes: Bytes): Bytes {
  return encode(0x04, bytes);
}

export function utf8String(text: string): Bytes {
  return encode(0x0c, Buffer.from(text));
}

/** A time from 2000 on: UTCTime up to 2049 and GeneralizedTime after that, as certificates require. */
export function time(date: Date): Bytes {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
  return date.getUTCFullYear() < 2050
    ? encode(0x17, Buffer.from(digits.slice(2)))
    : encode(0x18, Buffer.from(digits));
}

/** An object identifier in dotted notation. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encode(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** A context-specific tag around a value. */
export function explicit(number: number, content: Bytes): Bytes {
  return encode(0xa0 | number, content);
}

/** A context-specific tag instead of a primitive value's own. */
export function implicit(number: number, content: Bytes): Bytes {
  return encode(0x80 | number, content);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

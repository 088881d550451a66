/**
 * Just enough DER to write a certificate: every function gives the bytes of one value.
 *
 * @see https://www.itu.int/rec/T-REC-X.690
 */

type Bytes = Uint8Array;

function tagged(tag: number, content: Bytes): Bytes {
  const { byteLength } = content;
  if (byteLength < 0x80) return Buffer.concat([Uint8Array.of(tag, byteLength), content]);
  const length = byteLength < 0x100 ? [0x81, byteLength] : [0x82, byteLength >> 8, byteLength & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...length), content]);
}

export function sequence(...items: readonly Bytes[]): Bytes {
  return tagged(0x30, Buffer.concat(items));
}

export function set(...items: readonly Bytes[]): Bytes {
  return tagged(0x31, Buffer.concat(items));
}

/** A non-negative integer, given as big-endian bytes. */
export function integer(bytes: Bytes): Bytes {
  // A leading bit would make it negative.
  return tagged(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes);
}

export function boolean(value: boolean): Bytes {
  return tagged(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** Bits whose number is a multiple of eight. */
export function bitString(bytes: Bytes): Bytes {
  return tagged(0x03, Buffer.concat([Uint8Array.of(0), bytes]));
}

export function octetString(bytes: Bytes): Bytes {
  return tagged(0x04, bytes);
}

export function utf8String(text: string): Bytes {
  return tagged(0x0c, Buffer.from(text));
}

/** A moment between 2000 and 2049 as UTCTime, later ones as GeneralizedTime, as certificates want it. */
export function time(date: Date): Bytes {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}

/** An object identifier in dotted notation. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** A context-specific tag around a value. */
export function explicit(number: number, content: Bytes): Bytes {
  return tagged(0xa0 | number, content);
}

/** A context-specific tag instead of a primitive value's own. */
export function implicit(number: number, content: Bytes): Bytes {
  return tagged(0x80 | number, content);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

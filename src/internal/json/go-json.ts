/** An empty list that is written as `null`, as Go writes a nil slice. */
export const nilSlice: readonly never[] = Object.freeze([]);

/**
 * Writes plain data as JSON, spelled as Go's `encoding/json` spells it. Objects keep the order of their members.
 *
 * @throws TypeError if JSON cannot represent a value; the message names its path.
 */
export function goJson(value: unknown, path = ''): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return encodeNumber(value, path);
  if (value === nilSlice) return 'null';
  if (Array.isArray(value))
    return `[${value.map((item, index) => goJson(item, `${path}[${index}]`)).join(',')}]`;
  const members = Object.entries(asObject(value, path)).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${quote(key)}:${goJson(member, `${path}.${key}`)}`).join(',')}}`;
}

function encodeNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw wrongType(path, 'a finite number');
  return Object.is(value, -0) ? '-0' : String(value);
}

export function asObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(path, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

export function wrongType(path: string, expected: string): TypeError {
  return new TypeError(`${path === '' ? 'value' : path.slice(0, 256)} must be ${expected}`);
}

/**
 * `JSON.stringify` agrees with Go except for the characters that Go escapes for HTML, and for lone surrogates,
 * which a Go string cannot hold.
 */
export function quote(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(/[<>&\u2028\u2029]/g, escape);
}

const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Compares two texts in the order of their UTF-8 bytes. It differs from the order of UTF-16 units only in that
 * surrogates come last, because they stand for the highest characters.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

import type { ByteRange } from './blob-handler.js';

/**
 * Parses a `Range` header for content of a known size.
 *
 * @returns the range, `'unsatisfiable'`, or undefined if all of the content must be sent: without a header, and for another
 * unit, several ranges, an invalid header or empty content.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [unit = '', set = '', otherSet] = (header ?? '').split('=', 3);
  const [first = '', last, otherPart] = set.split('-', 3).map((part) => part.trim());
  if (unit.trim().toLowerCase() !== 'bytes' || last === undefined || size === 0) return undefined;
  if (otherSet !== undefined || otherPart !== undefined) return undefined;
  if (!isPosition(first) || !isPosition(last)) return undefined;
  if (first === '') {
    if (last === '') return undefined;
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? 'unsatisfiable' : { start, end };
}

/** Whether the text is empty, or the digits of a number that a double represents exactly. */
function isPosition(text: string): boolean {
  return /^\d{0,15}$/.test(text);
}

/** Parses the `Content-Range` of an upload's chunk: `first-last`, with or without the unit that HTTP requires. */
export function parseContentRange(header: string): ByteRange | undefined {
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/.exec(header.trim());
  if (match === null) return undefined;
  const start = Number(match[1]);
  const end = Number(match[2]);
  return end < start ? undefined : { start, end };
}

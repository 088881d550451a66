import { trimEnd } from '../../internal/trim-end.js';

// This file prints values as Go does, because BuildKit writes them so into the history of an image.

/** `%v` of a list of strings. */
export function goList(values: readonly string[]): string {
  return `[${values.join(' ')}]`;
}

/** `%q` of a list of strings. */
export function goQuotedList(values: readonly string[]): string {
  return goList(values.map(goQuoted));
}

const SHORT: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** What Go does not print as it is: control characters, white space but the blank, and characters without a glyph. */
const ESCAPED = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** `%q` of a string. */
export function goQuoted(text: string): string {
  const escaped = text.replace(ESCAPED, (character) => SHORT[character] ?? hexadecimal(character));
  return `"${escaped}"`;
}

/** `%q` of a number: the character with that code. */
export function goQuotedCharacter(code: number): string {
  const isValid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  const character = String.fromCodePoint(isValid ? code : 0xfffd);
  if (character === "'") return String.raw`'\''`;
  return character === '"' ? `'"'` : `'${goQuoted(character).slice(1, -1)}'`;
}

function hexadecimal(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x80) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

const SECOND = 1_000_000_000;

/** A duration in nanoseconds, such as `1m30s` or `1.5s`. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1000) return `${nanoseconds}ns`;
  if (nanoseconds < 1_000_000) return `${nanoseconds / 1000}µs`;
  if (nanoseconds < SECOND) return `${nanoseconds / 1_000_000}ms`;
  const whole = Math.floor(nanoseconds / SECOND);
  const fraction = trimEnd((nanoseconds % SECOND).toString().padStart(9, '0'), '0');
  const seconds = `${whole % 60}${fraction === '' ? '' : `.${fraction}`}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}

import { visible } from '../../errors/visible.js';
import type { Hash } from '../../v1/hash.js';

/** The width for a pipe or a file, and the least for a terminal. */
const COLUMNS = 80;
const LEAST = 40;

/** The number of columns that a listing may use. */
export function widthOf({ columns = COLUMNS }: { readonly columns: number | undefined }): number {
  return Math.max(columns, LEAST);
}

/** A digest that fits into a table. Its first digits are enough to recognise it. */
export function shortDigest(digest: Hash): string {
  const at = digest.indexOf(':') + 1;
  return digest.slice(0, at + 12);
}

/** Cuts a text to a number of columns. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 3, 0))}...`;
}

/** Lines of `label  value`. A long value continues below its start. */
export function labelled(
  rows: readonly (readonly [label: string, value: string | undefined])[],
  labelWidth: number,
  width: number,
): string[] {
  return rows.flatMap(([label, value]) => {
    if (value === undefined || value === '') return [];
    const lines = wrapped(visible(value), width - labelWidth);
    return lines.map((line, at) => `${(at === 0 ? label : '').padEnd(labelWidth)}${line}`);
  });
}

/** Breaks a text at spaces, or within a word that is longer than a line. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(space > 0 ? end + 1 : end);
  }
  return [...lines, rest];
}

import { Problem } from '../parts/problem.js';
import { skipSpace, type Token } from '../parts/white-space.js';

/**
 * Reads a JSON array of strings; undefined if the text is not a JSON array, which makes it a shell command or a list of
 * words.
 *
 * @throws Problem for a JSON array with an element that is not a string
 */
export function parseJsonForm({ text, offset }: Token): readonly string[] | undefined {
  const start = skipSpace(text);
  if (text.charAt(start) !== '[') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start));
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const words = value.filter((one) => typeof one === 'string');
  if (words.length < value.length) {
    throw new Problem('arguments', 'all elements of an array in JSON form must be strings', {
      offset: offset + start,
    });
  }
  // Go replaces the halves of surrogate pairs in JSON.
  return words.map((word) => Buffer.from(word).toString());
}

/**
 * Returns the text without any occurrences of the given character at its end. An expression such as `/\/+$/` would
 * start a new attempt at each of many such characters in the middle, which takes time that grows with the square
 * of their number.
 */
export function trimEnd(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}

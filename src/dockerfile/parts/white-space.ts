/** The characters of Go's `unicode.IsSpace`. JavaScript's `\s` lacks U+0085 and has U+FEFF. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

/** The offset of the first character from `from` on that is not white space. */
export function skipSpace(text: string, from = 0): number {
  let at = from;
  while (at < text.length && isSpace(text.charAt(at))) at += 1;
  return at;
}

/** The end of the text without trailing white space. */
export function endOfText(text: string): number {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end -= 1;
  return end;
}

/** A part of a logical line, with its offset in it. */
export interface Token {
  readonly text: string;
  readonly offset: number;
}

/** A part of a token. */
export function sliceToken({ text, offset }: Token, from: number, to = text.length): Token {
  return { text: text.slice(from, to), offset: offset + from };
}

/** A token without the white space around it. */
export function trimToken(token: Token): Token {
  const from = skipSpace(token.text);
  return sliceToken(token, from, Math.max(from, endOfText(token.text)));
}

/** Whether a character separates arguments. A line break and the white space of Unicode do not. */
export function isBlank(character: string): boolean {
  return character === ' ' || (character >= '\t' && character <= '\r' && character !== '\n');
}

/** Splits a token at blanks into at most `maxParts` parts; the last part has the rest. */
export function splitBlanks(token: Token, maxParts = Infinity): readonly Token[] {
  const { text } = token;
  const parts: Token[] = [];
  let start = 0;
  let at = 0;
  while (at < text.length && parts.length + 1 < maxParts) {
    if (!isBlank(text.charAt(at))) {
      at += 1;
      continue;
    }
    parts.push(sliceToken(token, start, at));
    while (at < text.length && isBlank(text.charAt(at))) at += 1;
    start = at;
  }
  parts.push(sliceToken(token, start));
  return parts;
}

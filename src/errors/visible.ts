/**
 * What a terminal obeys, or does not show: control characters (ESC, the C1 controls and DEL among them), marks that
 * change the direction of text, invisible characters, and the line breaks that only Unicode knows.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Line breaks and tabs may stay in a text of several lines. */
const HIDDEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text from elsewhere, safe to show: each character that a terminal would obey or hide is written as JSON escapes it,
 * such as `\u001b`, so that JSON text stays the same JSON.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, escapeOf);
}

/** The same for a text of several lines. */
export function visibleLines(text: string): string {
  return text.replace(HIDDEN_IN_LINES, escapeOf);
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escapeOf(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  // By UTF-16 units, of which a character beyond U+FFFF has two.
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}

/**
 * Characters that a terminal obeys or does not show: control characters (ESC, the C1 controls and DEL among them),
 * marks that change the direction of text, invisible characters, and the line breaks that only Unicode defines.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The same without line breaks and tabs, which a text of several lines may have. */
const HIDDEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Makes text from a registry, an archive or a file safe to print. Each character that a terminal would obey or
 * hide is written as JSON escapes it, such as `\u001b`, so that JSON text stays the same JSON.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, escapeOf);
}

/** As {@link visible}, for a text of several lines: line breaks and tabs stay. */
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
  // JSON escapes UTF-16 units, of which a character beyond U+FFFF has two.
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}

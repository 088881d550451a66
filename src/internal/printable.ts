/**
 * Makes text from a registry or an archive fit for a message. Runs of blanks and of control, bidirectional and
 * invisible characters (terminal escapes among them) become one blank, and text of more than `maxLength`
 * characters is cut.
 */
export function printable(text: string, maxLength = 200): string {
  const clean = text
    .slice(0, maxLength * 8)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ')
    .trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')}…` : clean;
}

/**
 * Text from elsewhere, fit for a message: control, bidirectional and invisible characters (so also terminal
 * escapes) and runs of blanks become one blank, and what is longer than `maxLength` characters is cut.
 */
export function printable(text: string, maxLength = 200): string {
  const clean = text
    .slice(0, maxLength * 8)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ')
    .trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')}…` : clean;
}

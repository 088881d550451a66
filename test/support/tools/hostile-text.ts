/** ESC, OSC, BEL, CSI as one C1 byte, NUL, CR, BS, DEL, and marks that reorder or hide text. */
export const HOSTILE =
  '\u001b]0;x\u0007\u001b[2J\u009b31m\u0000\r\b\u007f\u0085\u202e\u2066\u200e\u200f\u061c\u2028';

/** The same without NUL, for names of files. */
export const HOSTILE_NAME = HOSTILE.replaceAll('\u0000', '');

/** Code points of the characters, other than newlines, that a terminal would obey or not show. */
export function obeyed(text: string): readonly string[] {
  const found = text.match(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu) ?? [];
  return [...new Set(found)].map((character) => `U+${character.codePointAt(0)?.toString(16) ?? ''}`);
}

import { isUtf8 } from 'node:buffer';

/**
 * Decodes text of a tar without loss. Names are bytes, and most are UTF-8. A byte that is not valid UTF-8 becomes
 * a lone low surrogate, U+DC80 to U+DCFF, which no valid text contains (Python calls this "surrogateescape").
 * {@link encodeText} reverses it.
 */
export function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd') || isUtf8(bytes)) return text;
  return decodeLossless(bytes);
}

/** The bytes of a string, whether {@link decodeText} made it or not. */
export function encodeText(text: string): Buffer {
  return ESCAPED.test(text) ? encodeEscaped(text) : Buffer.from(text, 'utf8');
}

/** A low surrogate of that range that is not part of a pair. */
const ESCAPED = /(?<![\ud800-\udbff])[\udc80-\udcff]/;

function decodeLossless(bytes: Buffer): string {
  let text = '';
  let position = 0;
  while (position < bytes.byteLength) {
    const length = sequenceLength(bytes, position);
    const sequence = bytes.subarray(position, position + length);
    if (length > 0 && isUtf8(sequence)) {
      text += sequence.toString('utf8');
      position += length;
    } else {
      text += String.fromCharCode(0xdc00 + bytes.readUInt8(position));
      position += 1;
    }
  }
  return text;
}

/** Length that the first byte of a character announces; 0 if no character starts with it. */
function sequenceLength(bytes: Buffer, position: number): number {
  const first = bytes.readUInt8(position);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

function encodeEscaped(text: string): Buffer {
  const pieces: Buffer[] = [];
  let plain = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xdc80 || code > 0xdcff) {
      plain += character;
      continue;
    }
    pieces.push(Buffer.from(plain, 'utf8'), Buffer.from([code - 0xdc00]));
    plain = '';
  }
  pieces.push(Buffer.from(plain, 'utf8'));
  return Buffer.concat(pieces);
}

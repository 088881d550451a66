import { expect, it } from '@jest/globals';
import { fc } from '../../../support/tools/fast-check.js';

import { decodeText, encodeText } from '../../../../src/internal/tar/format/text.js';

it('B13: decodeText and encodeText convert any bytes to text and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(encodeText(decodeText(Buffer.from(bytes))).equals(bytes)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it('B13: decodeText returns different text for different bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (a, b) => {
      const same = Buffer.from(a).equals(b);
      expect(decodeText(Buffer.from(a)) === decodeText(Buffer.from(b))).toBe(same);
    }),
    { numRuns: 2000 },
  );
});

it('decodeText leaves valid text unchanged, including replacement characters', () => {
  for (const text of ['', 'plain', 'grün', '\u{1f980}', '\ufffd', '\ufeffmark']) {
    expect(decodeText(Buffer.from(text))).toBe(text);
    expect(encodeText(text)).toEqual(Buffer.from(text));
  }
});

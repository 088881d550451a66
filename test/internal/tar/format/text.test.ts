import { expect, it } from '@jest/globals';
import { fc } from '../../../support/tools/fast-check.js';

import { decodeText, encodeText } from '../../../../src/internal/tar/format/text.js';

it('B13: turns any bytes into text and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(encodeText(decodeText(Buffer.from(bytes))).equals(bytes)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it('B13: gives different text for different bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (a, b) => {
      const same = Buffer.from(a).equals(b);
      expect(decodeText(Buffer.from(a)) === decodeText(Buffer.from(b))).toBe(same);
    }),
    { numRuns: 2000 },
  );
});

it('leaves valid text as it is, replacement characters too', () => {
  for (const text of ['', 'plain', 'grün', '\u{1f980}', '\ufffd', '\ufeffmark']) {
    expect(decodeText(Buffer.from(text))).toBe(text);
    expect(encodeText(text)).toEqual(Buffer.from(text));
  }
});

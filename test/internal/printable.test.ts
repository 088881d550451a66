import { describe, expect, it } from '@jest/globals';
import { fc } from '../support/tools/fast-check.js';
import { printable } from '../../src/internal/printable.js';

describe('printable', () => {
  it('leaves plain text unchanged', () => {
    expect(printable('access denied: пароль 🔑')).toBe('access denied: пароль 🔑');
  });

  it('removes terminal escapes, line breaks and marks that reorder text', () => {
    expect(printable('a\x1b[31mb\r\n\tc\x00d\u202ee\u2028f\x9bg')).toBe('a [31mb c d e f g');
  });

  it('cuts long text between two characters', () => {
    expect(printable('x'.repeat(300), 5)).toBe('xxxxx…');
    expect(printable('xxxx🔑🔑', 5)).toBe('xxxx…');
  });

  it('never returns a control character, or more characters than its cap', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        expect(printable(text, 50)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(printable(text, 50).length).toBeLessThanOrEqual(51);
      }),
    );
  });
});

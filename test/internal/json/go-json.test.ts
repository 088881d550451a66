import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';
import { compareUtf8, goJson, nilSlice } from '../../../src/internal/json/go-json.js';

describe('goJson', () => {
  it.each<[string, unknown, string]>([
    ['characters that HTML knows', '<>&\'"', String.raw`"\u003c\u003e\u0026'\""`],
    ['line separators', '\u2028\u2029', String.raw`"\u2028\u2029"`],
    [
      'control characters',
      '\0\x01\b\t\n\v\f\r\x1f\x7f',
      '"' + String.raw`\u0000\u0001\b\t\n\u000b\f\r\u001f` + '\x7f"',
    ],
    ['backslashes before what is escaped', '\\u003c\\<', String.raw`"\\u003c\\\u003c"`],
    ['other characters', 'é\u00ad\ufeff\u{1f600}', '"é\u00ad\ufeff\u{1f600}"'],
    ['lone surrogates', 'a\ud800b\udc00', '"a\ufffdb\ufffd"'],
    ['surrogates in the wrong order', '\udc00\ud800', '"\ufffd\ufffd"'],
    ['integers', [0, -1, 2 ** 53, 1e20], '[0,-1,9007199254740992,100000000000000000000]'],
    ['fractions and exponents', [-0, 1.5, 1e21, 1e-6, 1e-7, 1.25e-9], '[-0,1.5,1e+21,0.000001,1e-7,1.25e-9]'],
    ['constants', [true, false, null, undefined], '[true,false,null,null]'],
    ['an object in its order', { b: 1, a: undefined, c: { d: [] } }, '{"b":1,"c":{"d":[]}}'],
    ['keys', { '<k>': 1 }, String.raw`{"\u003ck\u003e":1}`],
    ['the nil slice', [nilSlice, []], '[null,[]]'],
  ])('writes %s', (_title, value, json) => {
    expect(goJson(value)).toBe(json);
  });

  it.each([
    [{ a: [NaN] }, '.a[0] must be a finite number'],
    [{ a: Infinity }, '.a must be a finite number'],
    [() => 1, 'value must be an object'],
    [1n, 'value must be an object'],
  ])('throws a TypeError for %p', (value, message) => {
    expect(() => goJson(value)).toThrow(new TypeError(message));
  });

  it('writes JSON that JSON.parse reads back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        expect(JSON.parse(goJson(value))).toEqual(value);
      }),
    );
  });
});

describe('compareUtf8', () => {
  it('orders texts as their UTF-8 bytes', () => {
    const text = fc.string({
      unit: fc.constantFrom(
        '',
        'a',
        'z',
        '\x7f',
        '\u0080',
        '\ud7ff',
        '\ue000',
        '\uffff',
        '\u{10000}',
        '\u{10ffff}',
      ),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});

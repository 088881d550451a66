import { describe, expect, it } from '@jest/globals';
import { compactJson, indentJson } from '../../../src/internal/json/json-layout.js';
import { fc } from '../../support/tools/fast-check.js';

describe('the layout of JSON', () => {
  it('is that of the engine', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(indentJson(text)).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
        expect(compactJson(indentJson(text))).toBe(compactJson(text));
      }),
    );
  });

  it('keeps numbers that a program cannot hold, and escapes, as they are written', () => {
    const text = '{"a":123456789012345678901234567890,"b":"\\u0041 { \\" }","c":1.0e2}';
    expect(compactJson(indentJson(text))).toBe(text);
  });
});

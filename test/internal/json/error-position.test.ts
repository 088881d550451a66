import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';
import { findJsonError } from '../../../src/internal/json/error-position.js';

describe('findJsonError', () => {
  it.each([
    ['{"a": 1,}', 1, 9],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['{"a": "unterminated', 1, 7],
    ['{"a": [1, 2', 1, 12],
    ['{"a" 1}', 1, 6],
    ['{a: 1}', 1, 2],
    ['[1 2]', 1, 4],
    ['[1}', 1, 3],
    ['[,1]', 1, 2],
    ['{} {}', 1, 4],
    ['', 1, 1],
    ['\n\n', 3, 1],
    ['"\\x"', 1, 1],
    ['01', 1, 2],
    ['True', 1, 1],
  ])('finds the mistake in %j', (text, line, column) => {
    expect(findJsonError(text)).toEqual({ line, column });
  });

  it('agrees with JSON.parse about which texts are JSON', () => {
    const fragments = [
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"\\u00e9"',
      '1',
      '-0.5e3',
      'true',
      'null',
      ' ',
      '\n',
      '"',
      'x',
    ];
    const text = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
      fc.array(fc.constantFrom(...fragments), { maxLength: 12 }).map((parts) => parts.join('')),
      fc.tuple(fc.json(), fc.nat()).map(([json, cut]) => json.slice(0, cut % (json.length + 1))),
    );
    const isJson = (candidate: string): boolean => {
      try {
        JSON.parse(candidate);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(text, (candidate) => {
        expect(findJsonError(candidate) === undefined).toBe(isJson(candidate));
      }),
      { numRuns: 2000 },
    );
  });

  it('handles megabytes of one string and of open brackets', () => {
    expect(findJsonError(`"${'x'.repeat(1 << 20)}`)).toEqual({ line: 1, column: 1 });
    expect(findJsonError('['.repeat(1 << 20))).toEqual({ line: 1, column: (1 << 20) + 1 });
  });
});

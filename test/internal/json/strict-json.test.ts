import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { type JsonLimits, parseStrictJson } from '../../../src/internal/json/strict-json.js';

const limits: JsonLimits = { maxBytes: 1_000_000, maxDepth: 50, maxValues: 10_000 };
const parse = (content: Uint8Array | string): unknown => parseStrictJson(content, 'document', limits);

describe('parseStrictJson', () => {
  it('returns the same value as JSON.parse for any spelling', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ depthSize: 'small' }),
        fc.constantFrom(undefined, 1, '\t'),
        (value, indent) => {
          const text = JSON.stringify(value, undefined, indent);
          expect(parse(text)).toEqual(JSON.parse(text));
          expect(parse(Buffer.from(text))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it('refuses the texts that JSON.parse refuses, and duplicate keys, and nothing else', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"',
      '\\',
      '"\\u0061"',
      '1',
      'null',
      ' ',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => parse(text)).toThrow(SyntaxError);
          return;
        }
        const members = text.replace(/"(?:\\.|[^"\\])*"/g, '').split(':').length - 1;
        // Every colon outside a string makes a member; a lost one was a duplicate.
        if (countMembers(expected) === members) expect(parse(text)).toEqual(expected);
        else expect(() => parse(text)).toThrow(/twice/);
      }),
      { numRuns: 2000 },
    );
  });

  it('accepts a document that is exactly as large as the caps', () => {
    expect(parseStrictJson('[[1,2],3]', 'x', { maxBytes: 9, maxDepth: 2, maxValues: 4 })).toEqual([
      [1, 2],
      3,
    ]);
    for (const smaller of [{ maxBytes: 8 }, { maxDepth: 1 }, { maxValues: 3 }]) {
      const parseSmaller = (): unknown =>
        parseStrictJson('[[1,2],3]', 'x', { maxBytes: 9, maxDepth: 2, maxValues: 4, ...smaller });
      expect(parseSmaller).toThrow(LimitExceededError);
      expect(parseSmaller).toThrow(`exceeds the limit of ${Object.values(smaller)[0]}`);
    }
  });
});

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, entry) => sum + countMembers(entry), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

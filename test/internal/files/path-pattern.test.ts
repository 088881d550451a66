import { describe, expect, it } from '@jest/globals';
import { BadPatternError } from '../../../src/errors/invalid/pattern.js';
import { compilePathPattern } from '../../../src/internal/files/path-pattern.js';
import { fc } from '../../support/tools/fast-check.js';

/** Pattern, what it matches, what it does not. */
const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a/b', ['a/b'], ['a', 'b', 'a/b/c', 'xa/b']],
  ['*.md', ['a.md', '.md'], ['a/b.md', 'amd', 'a.mdx']],
  ['a*b*c', ['abc', 'axbyc', 'abcbc'], ['ab', 'a/bc', 'abcd']],
  ['?', ['a', 'é', '\u{1f600}'], ['', '/', 'ab']],
  ['**', ['a', 'a/b', ''], []],
  ['**/a', ['a', 'b/a', 'b/c/a'], ['ba', 'a/b', 'b/xa']],
  ['a/**', ['a/b', 'a/b/c'], ['a', 'ab']],
  ['a**', ['a', 'ab', 'a/b'], ['ba']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb', 'a/b/c']],
  ['**/*.go', ['a.go', 'x/a.go', 'x/y/.go'], ['a.gox', 'x/a.go/b']],
  ['**/a/**', ['a/b', 'x/a/b/c'], ['a', 'xa/b']],
  ['[a-c]x', ['ax', 'cx'], ['dx', 'x', '-x']],
  ['[^a-c]x', ['dx', '^x'], ['ax']],
  ['[!a]', ['!', 'a'], ['b']],
  ['[\\]\\-]', [']', '-'], ['\\']],
  ['\\*\\?\\[', ['*?['], ['ab[']],
  ['a.b+(c)|$^{}', ['a.b+(c)|$^{}'], ['axb+(c)|$^{}']],
  ['a]', ['a]'], ['a']],
];

describe('compilePathPattern', () => {
  it.each(rows)('%s', (pattern, matched, others) => {
    const matches = compilePathPattern(pattern);
    expect(matched.filter((path) => !matches(path))).toEqual([]);
    expect(others.filter((path) => matches(path))).toEqual([]);
  });

  it.each(['[', 'a[b', '[]', '[]a]', '[a-]', '[-a]', '[a\\', 'a\\'])('refuses %s', (pattern) => {
    expect(() => compilePathPattern(pattern)).toThrow(BadPatternError);
  });

  it('matches the same paths as an equivalent regular expression', () => {
    const parts = {
      a: 'a',
      b: 'b',
      '/': '\\/',
      '?': '[^/]',
      '*': '[^/]*',
      '/**/': '\\/(?:.*\\/)?',
      '[ab]': '[ab]',
    };
    const piece = fc.constantFrom(...(Object.keys(parts) as (keyof typeof parts)[]));
    fc.assert(
      fc.property(
        fc
          .array(piece, { maxLength: 6 })
          .filter((some) => !/\*\*\*|\/\/|\*{2}\/?$|^\/\*\*$/.test(some.join(''))),
        fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }),
        (pieces, characters) => {
          // Two stars next to each other are another thing.
          fc.pre(!pieces.join(' ').includes('* *'));
          const expected = new RegExp(`^${pieces.map((each) => parts[each]).join('')}$`);
          const path = characters.join('');
          expect(compilePathPattern(pieces.join(''))(path)).toBe(expected.test(path));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes time that does not grow with a power of the number of stars', () => {
    const pattern = `${'*a'.repeat(200)}b`;
    expect(compilePathPattern(pattern)('a'.repeat(4000))).toBe(false);
    expect(compilePathPattern(`${'**/a/'.repeat(100)}b`)('a/'.repeat(2000))).toBe(false);
  });
});

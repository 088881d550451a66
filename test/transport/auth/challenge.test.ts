import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';
import { chooseChallenge, parseChallenges } from '../../../src/transport/auth/challenge.js';

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('parseChallenges', () => {
  it.each<[string, string, unknown]>([
    [
      'quoted parameters',
      'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a:pull,push"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.example/token',
            service: 'registry.example',
            scope: 'repository:a:pull,push',
          },
        ],
      ],
    ],
    [
      'values without quotes',
      'BASIC realm=https://x/y, charset=UTF-8',
      [['basic', { realm: 'https://x/y', charset: 'UTF-8' }]],
    ],
    ['a scheme alone', 'Negotiate', [['negotiate', {}]]],
    [
      'blanks around equals signs',
      'Bearer realm = "a" ,  service= b',
      [['bearer', { realm: 'a', service: 'b' }]],
    ],
    ['quoted pairs', 'Basic realm="a \\"b\\" \\\\c"', [['basic', { realm: 'a "b" \\c' }]]],
    ['an empty value', 'Bearer realm="",service=', [['bearer', { realm: '', service: '' }]]],
    ['names in any case', 'Bearer Realm="a"', [['bearer', { realm: 'a' }]]],
    ['nothing', '', []],
    ['separators only', ' , ,', []],
  ])('parses %s', (_name, header, expected) => {
    expect(plain(header)).toEqual(expected);
  });

  it('A4: parses several challenges in one header', () => {
    expect(
      plain(
        'Negotiate abc==, Basic realm="r", , Bearer realm="https://a/t",service=s, Digest realm="d", nonce="n,o"',
      ),
    ).toEqual([
      ['negotiate', {}],
      ['basic', { realm: 'r' }],
      ['bearer', { realm: 'https://a/t', service: 's' }],
      ['digest', { realm: 'd', nonce: 'n,o' }],
    ]);
  });

  it('A4: prefers Bearer, then Basic, and ignores unknown schemes', () => {
    const choose = (header: string) => chooseChallenge(parseChallenges(header))?.scheme;
    expect(choose('Basic realm="r", Bearer realm="b"')).toBe('bearer');
    expect(choose('Negotiate, Basic realm="r"')).toBe('basic');
    expect(choose('Negotiate, NTLM')).toBeUndefined();
  });

  it('A3: uses the first value of a repeated parameter', () => {
    expect(plain('Bearer realm="a",realm="b"')).toEqual([['bearer', { realm: 'a' }]]);
  });

  it.each([
    ['unbalanced quotes', 'Bearer realm="https://a'],
    ['a quote that a backslash keeps open', 'Bearer realm="a\\"'],
    ['100 KiB', `Bearer realm="${'a'.repeat(100 * 1024)}"`],
    ['too many challenges', Array.from({ length: 17 }, (_, at) => `S${at} a="b"`).join(', ')],
    ['no scheme', '="x"'],
  ])('A3: refuses %s', (_name, header) => {
    expect(() => parseChallenges(header)).toThrow(expect.objectContaining({ code: 'AUTH' }));
  });

  it('A3: takes linear time for the worst header of the largest length', () => {
    const worst = ['a ', 'a=', 'a="\\', '"', 'a, ', '\\"', 'a=,', ' \t'].map((piece) =>
      `Bearer ${piece.repeat(16 * 1024)}`.slice(0, 16 * 1024),
    );
    for (const header of worst) {
      try {
        expect(parseChallenges(header).length).toBeLessThan(17);
      } catch (error) {
        expect(error).toMatchObject({ code: 'AUTH' });
      }
    }
  });

  it('parses every challenge that it was given, and throws no error but its own', () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
    fc.assert(
      fc.property(
        token,
        fc.uniqueArray(fc.tuple(token, fc.string()), { selector: ([name]) => name.toLowerCase() }),
        (scheme, parameters) => {
          const header = `${scheme} ${parameters.map(([name, value]) => `${name}="${value.replace(/(["\\])/g, '\\$1')}"`).join(',')}`;
          expect(plain(header)).toEqual([
            [
              scheme.toLowerCase(),
              Object.fromEntries(parameters.map(([name, value]) => [name.toLowerCase(), value])),
            ],
          ]);
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '\\', '=', ',', ' ', 'a', 'B', '\t', '~') }),
        (header) => {
          try {
            parseChallenges(header);
          } catch (error) {
            expect(error).toMatchObject({ code: 'AUTH' });
          }
        },
      ),
    );
  });
});

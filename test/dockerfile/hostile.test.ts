import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expand, parseMount } from '../../src/dockerfile/expansion.js';
import { parse } from '../../src/dockerfile/parse.js';
import { DockerfileError } from '../../src/errors/invalid/dockerfile.js';

/** Runs it, and swallows the one error that may come of bad input. */
function attempt(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
  }
}

const pieces = [
  ...[
    'FROM a\n',
    'RUN ',
    'COPY ',
    'ENV ',
    'ONBUILD ',
    'HEALTHCHECK ',
    'ARG ',
    '# escape=`\n',
    '--from=',
    '--mount=',
  ],
  ...[
    '<<EOF',
    '<<-"E"',
    'EOF\n',
    '\\\n',
    '`\n',
    '\n',
    ' ',
    '\t',
    '"',
    "'",
    '$',
    '${',
    '}',
    ':-',
    '#',
    '%',
    '/',
    '*',
    '?',
  ],
  ...['[', ']', ',', '=', '\\', 'type=cache', '\u00a0', '\ud800', '\0', '\r\n', 'a', '1', 'ü'],
];
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(''));

describe('hostile Dockerfiles', () => {
  it('never throws anything but a DockerfileError', () => {
    fc.assert(
      fc.property(text, fc.string({ maxLength: 20 }), (source, value) => {
        attempt(() => parse(`FROM a\n${source}`));
        attempt(() => parse(source));
        attempt(() => expand(source, () => value));
        attempt(() =>
          expand(source, () => undefined, { keepUnset: true, rawQuotes: true, rawEscapes: true }),
        );
        attempt(() => parseMount(source, () => value));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['one long line', `FROM a\nRUN ${'x'.repeat(500_000)}`],
    ['many continuations', `FROM a\nRUN ${'x \\\n'.repeat(100_000)}`],
    ['many empty continuations', `FROM a\nRUN x \\\n${'\n'.repeat(500_000)}`],
    ['many comments', `${'# x\n'.repeat(100_000)}FROM a`],
    ['many instructions', `FROM a\n${'USER x\n'.repeat(50_000)}`],
    ['many heredocs', `FROM a\nRUN ${'<<E '.repeat(50_000)}\n${'E\n'.repeat(50_000)}`],
    ['a heredoc of one long word', `FROM a\nRUN <<${'E'.repeat(1_000_000)}\nx`],
    ['many flags', `FROM a\nRUN ${'--mount=type=tmpfs '.repeat(100_000)} x`],
    ['many brackets', `FROM a\nCMD ${'['.repeat(500_000)}`],
    ['many quotes', `FROM a\nENV A=${'"\'"'.repeat(300_000)}`],
    ['many blanks', `FROM a\nCOPY${' '.repeat(500_000)}a`],
    ['a misspelt instruction of a megabyte', `FROM a\n${'X'.repeat(1_000_000)} y`],
  ])('gets through %s', (_, source) => {
    attempt(() => parse(source));
  });

  it('caps the length of the file, the depth of references and the length of a result', () => {
    expect(() => parse('FROM a', { maxLength: 3 })).toThrow(/longer than 3 characters/);
    expect(() => expand('${a:-'.repeat(101) + '}'.repeat(101), () => undefined)).toThrow(
      /nested more than 100 deep/,
    );
    expect(expand('${a:-'.repeat(100) + 'x' + '}'.repeat(100), () => undefined).text).toBe('x');
    const value = 'x'.repeat(600_000);
    expect(expand('$a', () => value).text).toHaveLength(600_000);
    expect(() => expand('$a$a', () => value)).toThrow(/longer than/);
  });

  it('caps the steps of a pattern', () => {
    const value = 'a'.repeat(200_000);
    expect(expand('${a##*a}', () => value).text).toBe('');
    expect(() => expand(`\${a//${'a?'.repeat(500)}b/}`, () => value)).toThrow(/too long/);
    expect(() => expand(`\${a##${'*a'.repeat(500)}b}`, () => value)).toThrow(/too long/);
  });
});

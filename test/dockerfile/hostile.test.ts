import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { check } from '../../src/dockerfile/checking.js';
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

/** As many instructions that set a variable each. */
function variables(count: number): string {
  return Array.from({ length: count }, (_, at) => `ENV variable${at}=1\n`).join('');
}

/** A variable whose value is half a megabyte. */
function doubled(instruction: string): string {
  return `${instruction} A=a\n${`${instruction} A=$A$A\n`.repeat(19)}`;
}

describe('hostile Dockerfiles', () => {
  it('never throws anything but a DockerfileError', () => {
    fc.assert(
      fc.property(text, fc.string({ maxLength: 20 }), (source, value) => {
        attempt(() => parse(`FROM a\n${source}`));
        attempt(() => parse(source));
        attempt(() => check(`FROM scratch\n${source}`, { experimental: 'all' }));
        attempt(() => check(source, { environment: () => ({ a: value }) }));
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
    [
      'many stages, each on the one before',
      `FROM scratch AS a\n${'FROM a AS a\nENV B$a=1\n'.repeat(20_000)}`,
    ],
    ['many variables and many stages', `FROM scratch AS a\n${variables(20_000)}${'FROM a\n'.repeat(20_000)}`],
    ['many undefined variables', `FROM scratch\n${variables(20_000)}${'USER $variables\n'.repeat(20_000)}`],
    ['many ports', `FROM scratch\n${'EXPOSE 0-65535\n'.repeat(20_000)}`],
    [
      'many settings',
      `# check=skip=${'a,'.repeat(50_000)}\nFROM a\n${'# check=skip=b\nUSER x\n'.repeat(20_000)}`,
    ],
  ])('gets through %s', (_, source) => {
    attempt(() => parse(source));
    attempt(() => check(source));
  });

  it.each([
    ['values that are used many times', `${doubled('ENV')}${'USER $A\n'.repeat(20_000)}`],
    ['patterns', `ENV A=${'a'.repeat(2000)}\n${`USER \${A//${'*a'.repeat(500)}b/}\n`.repeat(100)}`],
    [
      'triggers',
      `${'ONBUILD USER a\n'.repeat(5_000)}${'FROM scratch\n'.repeat(5_000)}`.replaceAll('scratch', 'a'),
    ],
  ])('caps the steps of a check with %s', (_, source) => {
    expect(check(`FROM scratch AS a\n${source}`).error).toMatchObject({ problem: 'size' });
  });

  it('caps the steps of variables before FROM', () => {
    expect(check(`${doubled('ARG')}${'ARG B=$A\n'.repeat(20_000)}FROM a`).error).toMatchObject({
      problem: 'size',
    });
  });

  it('suggests names as long as the comparisons are few', () => {
    const source = `FROM scratch\n${variables(20_000)}${'USER $variable\n'.repeat(100)}`;
    const { warnings } = check(source);
    expect(warnings).toHaveLength(100);
    expect(warnings.filter(({ message }) => message.includes('did you mean'))).toHaveLength(2);
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

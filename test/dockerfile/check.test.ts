import { describe, expect, it } from '@jest/globals';
import { check, parse, type CheckOptions, type CheckResult } from '../../src/dockerfile/index.js';
import { DockerfileError } from '../../src/errors/invalid/dockerfile.js';
import { type Case, at, found, joined, messages, onScratch } from '../support/dockerfile-checks.js';

describe('the settings of checks', () => {
  const text = joined('FROM scratch as base', 'copy a /b');
  const both = ['1 FromAsCasing', '2 ConsistentInstructionCasing'];

  it.each<Case>([
    [text, both],
    [`#check=skip=all\n${text}`, []],
    [`# check=skip=FromAsCasing, x\n${text}`, at('ConsistentInstructionCasing', 3)],
    [`# check=skip=ConsistentInstructionCasing,FromAsCasing;error=true\n${text}`, []],
    [
      `# check=skip=all\n${text}`,
      both.map((line) => line.replace(/^\d/, (n) => `${+n + 1}`)),
      { args: { BUILDKIT_DOCKERFILE_CHECK: '' } },
    ],
    [text, at('FromAsCasing', 1), { skip: ['ConsistentInstructionCasing'] }],
    [text, [], { skip: 'all' }],
    [
      joined('# a', 'ARG b', 'FROM scratch'),
      at('InvalidDefinitionDescription', 2),
      { experimental: 'all', skip: 'all' },
    ],
    [
      joined('# a', 'ARG b', 'FROM scratch'),
      at('InvalidDefinitionDescription', 2),
      { experimental: ['InvalidDefinitionDescription'] },
    ],
    [
      joined('# check=experimental=all', '# a', 'ARG b', 'FROM scratch'),
      at('InvalidDefinitionDescription', 3),
    ],
    // Comments above an instruction
    [
      onScratch('# check=skip=MaintainerDeprecated', '', 'MAINTAINER a', 'MAINTAINER b'),
      at('MaintainerDeprecated', 5),
    ],
    [onScratch('# check=skip=MaintainerDeprecated', '#', 'MAINTAINER a'), at('MaintainerDeprecated', 4)],
    [onScratch('  # check=skip=MaintainerDeprecated', 'MAINTAINER a'), at('MaintainerDeprecated', 3)],
    [onScratch('# check=what', '# check=skip=all', 'MAINTAINER a'), at('MaintainerDeprecated', 4)],
    [onScratch('# other=1', '# Check = skip=all', 'MAINTAINER a'), []],
    [joined('# x', '# check=skip=RedundantTargetPlatform', 'FROM --platform=$TARGETPLATFORM scratch'), []],
  ])('%j', (...[source, expected, options]) => {
    expect(found(source, options)).toEqual(expected);
  });

  it('can make warnings errors', () => {
    expect(check(text).asErrors).toBe(false);
    expect(check(`# check=error=true\n${text}`).asErrors).toBe(true);
    expect(check(`# check=skip=all;error=1\n${text}`)).toMatchObject({ asErrors: true, warnings: [] });
  });

  it.each(['what', 'error=maybe', 'skip=a;', 'other=1'])('cannot be %j', (value) => {
    expect(() => check(`# check=${value}\n${text}`)).toThrow(DockerfileError);
    expect(() => check(`# check=${value}\n${text}`)).toThrow(/the option ".*" of check is invalid/);
  });

  it('limit the check of instructions to the stages that the target needs', () => {
    const stages = joined(
      'FROM scratch AS base',
      'ENV a b',
      'FROM scratch AS copied',
      'ENV a b',
      'FROM scratch AS mounted',
      'ENV a b',
      'FROM base AS target',
      'COPY --from=Copied a /b',
      'RUN --mount=type=bind,from=mounted,target=/b --mount=type=$x,target=/d --mount=type=tmpfs,target=/c c',
      'COPY --from=5 a /b',
      'FROM scratch as other',
      'ENV a b',
      'FROM scratch',
      'ENV a b',
    );
    const rule = 'LegacyKeyValueFormat';
    expect(messages(rule, stages)).toHaveLength(5);
    expect(found(stages, { target: 'TARGET', skip: ['UndefinedVar'] })).toEqual([
      ...at(rule, 2, 4, 6),
      '11 FromAsCasing',
      ...at(rule, 14),
    ]);
    expect(() => check(stages, { target: 'nothing' })).toThrow(/no stage is named "nothing"/);
  });

  it('can replace the predefined variables', () => {
    const source = joined(
      'FROM --platform=$MINE/$TARGETARCH scratch',
      'ARG TARGETSTAGE MINE',
      'WORKDIR $TARGETSTAGE',
    );
    expect(messages('WorkdirRelativePath', source, { predefined: { MINE: 'linux' } })).toEqual([
      'the relative path "default" depends on the working directory of the base image',
    ]);
    const args = { TARGETSTAGE: '/x', TARGETARCH: 'arm64' };
    expect(found(source, { predefined: { MINE: 'linux' }, args })).toEqual([]);
  });
});

describe('the result of a check', () => {
  it('has the position and the documentation of each rule', () => {
    const [warning] = check(parse('FROM scratch\n  CMD a \\\n  b')).warnings;
    expect(warning).toEqual({
      rule: 'JSONArgsRecommended',
      message: 'CMD runs in a shell, which does not pass on signals; write it in JSON form',
      url: 'https://docs.docker.com/go/dockerfile/rule/json-args-recommended/',
      line: 2,
      column: 3,
      endLine: 3,
    });
  });

  const errorOf = (source: string, options?: CheckOptions): CheckResult['error'] =>
    check(source, options).error;

  it.each([
    ['FROM scratch', undefined],
    ['ARG A\nFROM $A', 'Dockerfile:2:1: the base image "$A" is empty after expansion'],
    [
      'FROM --platform=$TARGETVARIANT a',
      'Dockerfile:1:1: the platform "$TARGETVARIANT" is empty after expansion',
    ],
    ['FROM --platform=linux/a/b/c a', 'Dockerfile:1:1: the platform "linux/a/b/c" is invalid'],
    ['FROM --platform=nothing a', 'Dockerfile:1:1: the platform "nothing" is invalid'],
    ['FROM --platform=(x) a', 'Dockerfile:1:1: the platform "(x)" is invalid'],
    ['ARG A=${\nFROM a', "Dockerfile:1:1: a '}' is missing"],
    ['FROM scratch\nUSER ${A:?}\nUSER ${B:?}', 'Dockerfile:2:1: A: is not allowed to be unset'],
    ['FROM scratch\nENV A=${A:?}\nUSER $A', 'Dockerfile:2:1: A: is not allowed to be unset'],
    ['FROM scratch\nEXPOSE x', 'Dockerfile:2:1: "x" is not a port to expose: "x" is not a port'],
    // The base image may define it.
    ['FROM busybox\nUSER ${A:?}\nEXPOSE ${A:?}\nRUN --mount=type=$A a', undefined],
  ])('has the first mistake that would end the build: %j', (source, message) => {
    expect(errorOf(source)?.message).toBe(message);
  });

  it('has warnings in spite of a mistake', () => {
    expect(found(joined('ARG A', 'FROM $A', 'USER ${B:?}', 'CMD a'))).toEqual([
      '2 InvalidDefaultArgInFrom',
      '4 JSONArgsRecommended',
    ]);
    expect(found(onScratch('ENV A=${B:?}', 'USER $A'))).toEqual(at('UndefinedVar', 2));
    expect(errorOf('FROM $A', { file: 'app/Dockerfile' })?.message).toMatch(/^app\/Dockerfile:1:1: /);
  });

  it('is an error for a text that cannot be parsed', () => {
    expect(() => check(new TextEncoder().encode('FROM'), { file: 'x' })).toThrow(/^x:1:5: /);
    expect(() => check('FROM scratch', { maxLength: 3 })).toThrow(/longer than 3/);
  });
});

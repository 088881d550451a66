import { describe, expect, it } from '@jest/globals';
import { type Case, at, found, joined, messages, onScratch } from '../support/dockerfile-checks.js';

describe('rules about the way a Dockerfile is written', () => {
  it.each<Case>([
    [joined('FROM scratch AS Base', 'FROM scratch AS base2'), at('StageNameCasing', 1)],
    [joined('FROM scratch as a', 'FROM scratch AS b'), at('FromAsCasing', 1)],
    [joined('from scratch AS a', 'from scratch as b'), at('FromAsCasing', 1)],
    [joined('From scratch as a', 'FROM scratch AS b'), at('ConsistentInstructionCasing', 1)],
    [joined('frOM scratch as a', 'from scratch as b'), at('ConsistentInstructionCasing', 1)],
    [onScratch('copy a /b', 'COPY a /c'), at('ConsistentInstructionCasing', 2)],
    [joined('from scratch', 'COPY a /b', 'copy a /c'), at('ConsistentInstructionCasing', 2)],
    [joined('FROM scratch', 'copy a /b', 'copy a /c'), at('ConsistentInstructionCasing', 1)],
    [joined('arg A', 'FROM scratch', "COPY <<'E' /b", 'run x', 'E'), []],
    [joined('from scratch', 'copy a /b'), []],
    [onScratch('COPY a \\', '', '/b', 'COPY a \\', '# comment', '/c'), at('NoEmptyContinuation', 4)],
    [onScratch('COPY <<E \\', '', '/b', 'x', 'E'), at('NoEmptyContinuation', 4)],
    [
      joined('FROM scratch AS a', 'FROM scratch AS A', 'FROM scratch AS b'),
      ['2 DuplicateStageName', '2 StageNameCasing'],
    ],
    [joined('FROM scratch AS scratch', 'FROM busybox AS context'), at('ReservedStageName', 1, 2)],
    [joined('FROM scratch', 'FROM scratch AS a'), []],
    [onScratch('MAINTAINER me'), at('MaintainerDeprecated', 2)],
    [onScratch('LABEL org.opencontainers.image.authors=me'), []],
  ])('%j', (...[text, expected, options]) => {
    expect(found(text, options)).toEqual(expected);
  });

  it('compare the last comment with the names that are defined, if this is enabled', () => {
    const text = joined(
      '# check=experimental=InvalidDefinitionDescription',
      '# bar this is the bar',
      'ARG foo=bar',
      '# BasE this is the image',
      'FROM scratch AS base',
      '# not a description',
      '',
      'ARG version=latest',
      '# neither',
      'ARG foo=baz bar=qux',
      '# comment',
      '# bar is described',
      'ARG foo bar',
      '# separate',
      '#',
      'ARG bit',
      '# about something else',
      'COPY a /b',
    );
    expect(found(text)).toEqual(at('InvalidDefinitionDescription', 3, 5, 8, 10));
    expect(found(text.slice(text.indexOf('\n') + 1))).toEqual([]);
    expect(messages('InvalidDefinitionDescription', text)).toEqual([
      'the comment above ARG is not a description, which begins with the name: "# foo DESCRIPTION"',
      'the comment above FROM is not a description, which begins with the name: "# base DESCRIPTION"',
      'the comment above ARG is not a description, which begins with the name: "# version DESCRIPTION"',
      'the comment above ARG is not a description, which begins with the name: "# NAME DESCRIPTION"',
    ]);
  });
});

describe('rules about FROM', () => {
  it.each<Case>([
    [joined('ARG base=scratch', 'FROM $base'), []],
    [joined('ARG DEBUG', 'FROM scratch${DEBUG}'), []],
    [joined('ARG DEBUG', 'FROM scra${DEBUG:-tch}'), []],
    [joined('FROM --platform=$BUILDPLATFORM scratch'), []],
    [joined('FROM --platform=$BULIDPLATFORM scratch'), at('UndefinedArgInFrom', 1)],
    [joined('ARG tag=latest', 'FROM busybox:${tag}${version} AS b'), at('UndefinedArgInFrom', 2)],
    [joined('FROM scratch', 'ARG tag', 'FROM busybox:1$tag'), at('UndefinedArgInFrom', 3)],
    [joined('FROM --platform=$TARGETPLATFORM scratch'), at('RedundantTargetPlatform', 1)],
    [joined('FROM --platform=${TARGETPLATFORM} scratch'), at('RedundantTargetPlatform', 1)],
    [joined('FROM --platform=$TARGETOS/$TARGETARCH scratch'), []],
    [joined('ARG X=', 'FROM --platform=$TARGETPLATFORM$X scratch'), []],
    [joined('FROM --platform=linux/amd64 scratch'), at('FromPlatformFlagConstDisallowed', 1)],
    [joined('FROM --platform=arm64 scratch AS linux'), []],
    [joined('FROM --platform=x86_64 scratch AS my_amd64_stage'), []],
    [joined('FROM --platform=linux/amd64 scratch AS arm'), at('FromPlatformFlagConstDisallowed', 1)],
    [
      joined('ARG VERSION', 'FROM busybox:$VERSION'),
      at('InvalidDefaultArgInFrom', 2),
      { args: { VERSION: '1' } },
    ],
    [joined('ARG IMAGE', 'FROM $IMAGE'), at('InvalidDefaultArgInFrom', 2), { args: { IMAGE: 'busybox' } }],
    [joined('ARG SFX=box:', 'FROM busy${SFX}'), at('InvalidDefaultArgInFrom', 2), { args: { SFX: 'box:1' } }],
    [joined('ARG VERSION=latest', 'FROM busybox:${VERSION}'), []],
    [joined('ARG V', 'FROM busybox:stable${V}'), [], { args: { V: '-musl' } }],
    [joined('ARG V=${V:?needed}', 'FROM $V'), [], { args: { V: 'busybox' } }],
    [joined('FROM busybox:${V:?needed}', 'FROM Busy'), at('UndefinedArgInFrom', 1)],
  ])('%j', (...[text, expected, options]) => {
    expect(found(text, options)).toEqual(expected);
  });

  it('suggest the declared variable that was probably meant', () => {
    expect(messages('UndefinedArgInFrom', 'FROM --platform=$BULIDPLATFORM scratch')).toEqual([
      'FROM uses the variable BULIDPLATFORM, which no ARG before the first FROM declares; did you mean BUILDPLATFORM?',
    ]);
    expect(messages('UndefinedArgInFrom', 'FROM busybox:1$something')).toEqual([
      'FROM uses the variable something, which no ARG before the first FROM declares',
    ]);
  });

  it.each([
    ['busybox', true],
    ['busybox:1.36', true],
    ['a/b/c:1@sha256:' + 'a'.repeat(64), true],
    ['localhost/a', true],
    ['localhost:5000/a_b/c__d/e-.f', false],
    ['localhost:5000/a_b/c__d/e---f', true],
    ['REGISTRY.example/a', true],
    ['[::1]:5000/a', true],
    ['-a.example/b', false],
    ['host:port/a', false],
    ['Busybox', false],
    ['a:', false],
    ['a@sha256:12', false],
    ['a//b', false],
    ['a'.repeat(256), false],
    ['a'.repeat(64), false],
    ['a'.repeat(600), false],
  ])('know whether %j is the name of an image', (name, isName) => {
    expect(messages('InvalidDefaultArgInFrom', `FROM ${name}`)).toHaveLength(isName ? 0 : 1);
  });
});

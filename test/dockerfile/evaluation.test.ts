import { describe, expect, it } from '@jest/globals';
import { errors } from '../../src/index.js';
import {
  Environment,
  evaluateArg,
  expandFrom,
  expandInstruction,
  findStage,
  globalEnvironment,
  type Instruction,
  parse,
  targetStage,
} from '../../src/dockerfile/index.js';

const instructionsOf = (text: string): readonly Instruction[] =>
  parse(`FROM scratch\n${text}\n`).stages[0]!.instructions;

function expandOne(text: string, variables: Readonly<Record<string, string>>): Instruction {
  const [instruction] = instructionsOf(text);
  return expandInstruction(instruction!, new Environment(Object.entries(variables)).get);
}

describe('the variables of FROM', () => {
  const file = parse(
    'ARG VERSION=3.20\nARG IMAGE=alpine:${VERSION} OTHER=$IMAGE\nARG NONE\nFROM --platform=$BUILDPLATFORM $IMAGE AS a\nFROM $NONE\n',
  );

  it('are expanded in the order of the file', () => {
    const globals = globalEnvironment(file, { predefined: { BUILDPLATFORM: 'linux/amd64' } });
    expect([...globals.entries()]).toEqual([
      ['BUILDPLATFORM', 'linux/amd64'],
      ['VERSION', '3.20'],
      ['IMAGE', 'alpine:3.20'],
      ['OTHER', 'alpine:3.20'],
    ]);
    expect(expandFrom(file.stages[0]!.from, globals.get)).toEqual({
      base: 'alpine:3.20',
      platform: 'linux/amd64',
    });
  });

  it('get their value from build arguments first, the predefined ones too', () => {
    const args = { VERSION: '3.21', NONE: 'scratch', BUILDPLATFORM: 'linux/arm64', UNKNOWN: 'x' };
    const globals = globalEnvironment(file, { predefined: { BUILDPLATFORM: 'linux/amd64' }, args });
    expect(globals.get('IMAGE')).toBe('alpine:3.21');
    expect(globals.get('BUILDPLATFORM')).toBe('linux/arm64');
    expect(globals.get('UNKNOWN')).toBeUndefined();
    expect(expandFrom(file.stages[1]!.from, globals.get).base).toBe('scratch');
  });

  it('cannot leave the base empty', () => {
    const expand = (): unknown => expandFrom(file.stages[1]!.from, globalEnvironment(file).get);
    expect(expand).toThrow('Dockerfile:5:1: the base image "$NONE" is empty after expansion');
    expect(expand).toThrow(errors.DockerfileError);
  });

  it('name the line of a default that cannot be expanded', () => {
    const broken = parse('ARG A=1\nARG B=${A:?}${\nFROM scratch\n');
    expect(() => globalEnvironment(broken, { file: 'x/Dockerfile' })).toThrow('x/Dockerfile:2:1: ');
  });
});

describe('ARG in a stage', () => {
  const declare = (text: string, args = {}): ReadonlyMap<string, string> => {
    const environment = new Environment([['HOME', '/root']]);
    const globals = new Environment([['VERSION', '9']]);
    for (const instruction of instructionsOf(text)) {
      if (instruction.kind === 'arg') evaluateArg(instruction, environment, globals.get, { args });
    }
    return environment.entries();
  };

  it.each([
    ['uses its default', 'ARG A=$HOME/x', {}, { A: '/root/x' }],
    ['prefers a build argument to its default', 'ARG A=1', { A: '2' }, { A: '2' }],
    ['inherits a global value if it has no default', 'ARG VERSION', {}, { VERSION: '9' }],
    ['prefers its default to a global value', 'ARG VERSION=1', {}, { VERSION: '1' }],
    ['sees the variables before it', 'ARG A=1 B=$A', {}, { A: '1', B: '1' }],
    ['sets nothing without any value', 'ARG NONE', {}, {}],
    ['does not read members of Object.prototype', 'ARG toString', {}, {}],
    ['keeps the arguments of BuildKit out of the environment', 'ARG BUILDKIT_SBOM_SCAN_STAGE=1', {}, {}],
  ])('%s', (_title, text, args, expected) => {
    expect(Object.fromEntries(declare(text, args))).toEqual({ HOME: '/root', ...expected });
  });
});

describe('expandInstruction', () => {
  it('expands files, but not what is excluded or which stage they come from', () => {
    const text = 'COPY --chown=$U --chmod=$M --exclude=$X --from=base $S "a" b ${D}/';
    expect(expandOne(text, { U: 'app', M: '755', S: 'src', D: '/opt' })).toMatchObject({
      ...{ chown: 'app', chmod: '755', exclude: ['$X'], from: 'base', destination: '/opt/' },
      sources: ['src', 'a', 'b'],
    });
  });

  it('expands the bodies of heredocs, but keeps their quotes', () => {
    const text = 'COPY <<A <<"B" /x/\n"$V" \\$V\nA\n$V\nB';
    expect(expandOne(text, { V: '1' })).toMatchObject({
      inline: [
        { name: 'A', content: '"1" $V\n' },
        { name: 'B', content: '$V\n' },
      ],
    });
  });

  it('expands names and values of ENV and LABEL', () => {
    expect(expandOne('ENV $A="x $B" C=$A', { A: 'a', B: 'b' })).toMatchObject({
      pairs: [
        { name: 'a', value: 'x b' },
        { name: 'C', value: 'a' },
      ],
    });
  });

  it('leaves commands to the shell', () => {
    const [run] = instructionsOf('RUN echo $A');
    expect(expandInstruction(run!, () => 'x')).toEqual(run);
  });

  it('names the line of a text that it cannot expand', () => {
    expect(() => expandOne('WORKDIR ${A', {})).toThrow('Dockerfile:2:1: ');
  });
});

describe('EXPOSE', () => {
  it.each([
    ['80', ['80/tcp']],
    ['80/UDP 53/sctp', ['53/sctp', '80/udp']],
    ['100-102', ['100/tcp', '101/tcp', '102/tcp']],
    ['$PORTS', ['1/tcp', '2/udp']],
    ['8080:80', ['80/tcp']],
    ['127.0.0.1:8080:80', ['80/tcp']],
    ['[::1]:8080:80/udp', ['80/udp']],
    ['80/', ['80/tcp']],
  ])('%s', (ports, expected) => {
    expect(expandOne(`EXPOSE ${ports}`, { PORTS: '1 2/udp' })).toMatchObject({ ports: expected });
  });

  it.each(['x', '80/http', '65536', '9-8', '-1', 'localhost:1:2', '1-2:3-9', '/tcp'])(
    'refuses %s',
    (port) => {
      expect(() => expandOne(`EXPOSE ${port}`, {})).toThrow(errors.DockerfileError);
    },
  );
});

describe('stages', () => {
  const file = parse('FROM a AS One\nFROM b AS two\nFROM c AS one\nFROM d\n');

  it.each([
    ['ONE', 2],
    ['two', 1],
    ['3', 3],
    ['4', undefined],
    ['three', undefined],
  ])('are found by name or number: %s', (name, index) => {
    expect(findStage(file, name)?.index).toBe(index);
  });

  it('have the last one as the default target', () => {
    expect(targetStage(file, undefined).index).toBe(3);
    expect(targetStage(file, 'two').index).toBe(1);
  });

  it('suggest a name for a target that does not exist', () => {
    expect(() => targetStage(file, 'tow')).toThrow(
      expect.objectContaining({ code: 'DOCKERFILE_INVALID', hint: 'did you mean two?' }),
    );
  });
});

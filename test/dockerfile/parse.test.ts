import { describe, expect, it } from '@jest/globals';
import { parse, parseTrigger, type Stage } from '../../src/dockerfile/index.js';
import { DockerfileError } from '../../src/errors/invalid/dockerfile.js';

/** The only stage of a Dockerfile that has these lines behind `FROM scratch`. */
function stageOf(...lines: readonly string[]): Stage {
  const { stages } = parse(['FROM scratch', ...lines].join('\n'));
  return stages[0]!;
}

/** The shell text of the only RUN. */
function runText(...lines: readonly string[]): string {
  const [run] = stageOf(...lines).instructions;
  return run?.kind === 'run' && run.command.form === 'shell'
    ? run.command.text
    : `not a shell RUN: ${run?.kind}`;
}

function errorOf(text: string): DockerfileError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
  throw new Error('the Dockerfile was accepted');
}

describe('lines of a Dockerfile', () => {
  it('joins continued lines without the white space behind the escape character', () => {
    expect(runText('RUN a \\', '  b\\  ', 'c')).toBe('a   bc');
  });

  it('drops comments and empty lines between continued lines', () => {
    expect(runText('RUN a \\', '# why', '', '   # more', 'b')).toBe('a b');
  });

  it('does not continue after an escaped escape character', () => {
    const { instructions } = stageOf('RUN a \\\\', 'USER b');
    expect(instructions.map(({ kind }) => kind)).toEqual(['run', 'user']);
  });

  it('ends a continuation at the end of the file', () => {
    expect(runText('RUN a \\')).toBe('a');
    expect(runText('RUN a \\', '')).toBe('a');
  });

  it('continues lines at a backtick if the directive asks for it', () => {
    const { stages, directives } = parse('# escape=`\nFROM a\nRUN dir C:\\ `\n  /w\nRUN x\n');
    expect(directives).toEqual({ escape: '`' });
    expect(stages[0]!.instructions.map(({ source }) => source)).toEqual(['RUN dir C:\\   /w', 'RUN x']);
  });

  it('reads directives in any case, and only before anything else', () => {
    expect(parse('#Syntax = docker/dockerfile:1\n# CHECK=skip=all;error=true \nFROM a').directives).toEqual({
      escape: '\\',
      syntax: 'docker/dockerfile:1',
      check: 'skip=all;error=true',
    });
    expect(parse('# a comment\n# escape=`\nFROM a').directives.escape).toBe('\\');
    expect(parse('\n# escape=`\nFROM a').directives.escape).toBe('\\');
    expect(parse('# other=1\n# escape=`\nFROM a').directives.escape).toBe('\\');
    expect(parse('FROM a\n# escape=`').directives.escape).toBe('\\');
  });

  it('reads files with a byte order mark, with carriage returns, and as bytes', () => {
    const { stages } = parse(Buffer.from('\ufeffFROM a\r\nRUN b \\\r\n  c\r\n'));
    expect(stages[0]!.instructions[0]!.source).toBe('RUN b   c');
  });

  it('says where each instruction stands', () => {
    const { stages } = parse('# c\n\nFROM a\n  RUN b \\\n    c\nCOPY <<X /d\nbody\nX\n');
    const ranges = [stages[0]!.from, ...stages[0]!.instructions].map(({ range }) => range);
    expect(ranges).toEqual([
      { line: 3, column: 1, endLine: 3 },
      { line: 4, column: 3, endLine: 5 },
      { line: 6, column: 1, endLine: 8 },
    ]);
  });
});

describe('stages of a Dockerfile', () => {
  it('lists stages with their bases, names and platforms', () => {
    const { globalArgs, stages } = parse(
      'ARG V=1\nFROM --platform=$BUILDPLATFORM go:$V AS Build\nRUN x\nfrom build\nCMD ["y"]',
    );
    expect(globalArgs.map(({ variables }) => variables)).toEqual([[{ name: 'V', value: '1' }]]);
    expect(
      stages.map(({ index, from: { base, name, writtenName, platform } }) => ({
        index,
        base,
        name,
        writtenName,
        platform,
      })),
    ).toEqual([
      { index: 0, base: 'go:$V', name: 'build', writtenName: 'Build', platform: '$BUILDPLATFORM' },
      { index: 1, base: 'build', name: undefined, writtenName: undefined, platform: undefined },
    ]);
  });

  it('keep the written case of keywords', () => {
    const { stages } = parse('From a As B\nfrom b\nCopy c d\n');
    expect(stages[0]!.from).toMatchObject({ keyword: 'From', writtenAs: 'As', writtenName: 'B' });
    expect(stages[1]!.from).toMatchObject({ keyword: 'from' });
    expect(stages[1]!.from.writtenAs).toBeUndefined();
    expect(stages[1]!.instructions[0]).toMatchObject({ kind: 'copy', keyword: 'Copy' });
  });

  it('have the comments above them', () => {
    const { from, instructions } = stageOf(
      '#  first \n\n# second',
      'USER a',
      '# lost\n#\n# kept\n  # indented',
      'RUN b \\\n# inside\n  c',
      'USER d',
    );
    expect(from.comments).toEqual([]);
    expect(instructions.map(({ comments }) => comments)).toEqual([
      ['first', 'second'],
      ['kept', '# indented'],
      [],
    ]);
    expect(parse('# escape=`\n# a\nFROM b').stages[0]!.from.comments).toEqual(['a']);
  });

  it('name their last line before heredocs if a continuation line is empty', () => {
    const { instructions } = stageOf('COPY <<E \\\n\n  /a\nx\nE', 'RUN b \\\n# c\n  d', 'RUN e \\\n');
    expect(instructions.map(({ emptyContinuation }) => emptyContinuation)).toEqual([4, undefined, undefined]);
  });

  it.each([
    ['', 'stage', 1, 1, 'has no FROM'],
    ['ARG A\n', 'stage', 1, 1, 'has no FROM'],
    ['RUN a\nFROM b', 'stage', 1, 1, 'the first instruction is not FROM'],
    ['FROM', 'arguments', 1, 5, 'FROM needs an image'],
    ['FROM a b', 'arguments', 1, 6, 'more arguments'],
    ['FROM a AS b c', 'arguments', 1, 6, 'more arguments'],
    ['FROM a AS 1', 'stage', 1, 6, 'the name "1" of the stage is invalid'],
    ['FROM a\n\n  FORM b', 'instruction', 3, 3, 'the instruction FORM does not exist'],
    ['# escape=x\nFROM a', 'directive', 1, 1, 'the escape character "x" is invalid'],
    ['# escape=`\n# escape=`\nFROM a', 'directive', 2, 1, 'is given twice'],
    ['FROM a\nRUN <<EOF\nx', 'heredoc', 2, 1, 'the heredoc has no end'],
    ['FROM a\nCOPY --form=b c d', 'flag', 2, 6, 'the flag --form is unknown'],
    ['FROM a\nCOPY \\\n  --from=b \\\n  --from=c d e', 'flag', 4, 3, 'the flag --from is given twice'],
    ['FROM a\nCMD ["a", 1]', 'arguments', 2, 5, 'must be strings'],
  ])('refuses %j with problem, line and column', (text, problem, line, column, message) => {
    const error = errorOf(text);
    expect(error).toMatchObject({ code: 'DOCKERFILE_INVALID', problem, line, column });
    expect(error.message).toBe(
      `Dockerfile:${line}:${column}: ${error.message.split(': ').slice(1).join(': ')}`,
    );
    expect(error.message).toContain(message);
  });

  it('guesses what a misspelt instruction or flag should be', () => {
    expect(errorOf('FROM a\nCPOY b c').hint).toBe('did you mean COPY?');
    expect(errorOf('FROM a\nCOPY --form=b c d').hint).toBe('did you mean --from?');
    expect(errorOf('FROM a\nUSER --from=b c').hint).toBe('this instruction has no flags');
  });

  it('names the file that the caller names', () => {
    expect(() => parse('FROM', { file: 'app.Dockerfile' })).toThrow(/^app\.Dockerfile:1:/);
  });
});

describe('heredocs', () => {
  it('reads several bodies in the order of the line', () => {
    const [copy] = stageOf('COPY <<A <<-"B" /d/', 'one $X', 'A', '\t\ttwo', '\tB').instructions;
    expect(copy).toMatchObject({
      kind: 'copy',
      sources: [],
      destination: '/d/',
      inline: [
        { name: 'A', content: 'one $X\n', expand: true },
        { name: 'B', content: 'two\n', expand: false },
      ],
    });
  });

  it('keeps the body of RUN as it is, with its number and its dash', () => {
    const [run] = stageOf('RUN 3<<-E cat <&3', '\tx', 'E').instructions;
    expect(run).toMatchObject({
      command: { form: 'shell', text: '3<<-E cat <&3' },
      heredocs: [{ name: 'E', fileDescriptor: 3, chomp: true, expand: true, content: '\tx\n' }],
    });
  });

  it.each([['RUN cat <<< "x"'], ['RUN ["a", "<<E"]'], ['CMD a <<E'], ['RUN echo "<<E"'], ['RUN echo \\<<E']])(
    'finds none in %j',
    (line) => {
      expect(stageOf(line, 'USER b').instructions).toHaveLength(2);
    },
  );

  it('refuses a heredoc as the destination', () => {
    expect(errorOf('FROM a\nCOPY a <<E\nE')).toMatchObject({ problem: 'heredoc', line: 2 });
  });

  it('keeps the heredocs of a trigger in its text', () => {
    const [onbuild] = stageOf('ONBUILD RUN <<E', 'x', 'E').instructions;
    expect(onbuild).toMatchObject({ kind: 'onbuild', trigger: 'RUN <<E\nx\nE' });
    expect(parseTrigger('RUN <<E\nx\nE')).toMatchObject({ kind: 'run', heredocs: [{ content: 'x\n' }] });
    expect(() => parseTrigger('RUN a\nRUN b')).toThrow(DockerfileError);
    expect(() => parseTrigger('FROM a')).toThrow(DockerfileError);
  });
});

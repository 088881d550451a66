import { DockerfileError } from '../errors/invalid/dockerfile.js';
import { HEREDOC_INSTRUCTIONS, parseInstruction } from './instructions/parse-instruction.js';
import type { ArgInstruction, FromInstruction, Instruction } from './instructions/types.js';
import type { Dockerfile } from './instructions/dockerfile.js';
import { Problem } from './parts/problem.js';
import { splitCommandLine } from './text/command-line.js';
import { type Heredoc, heredocsOf } from './text/heredoc.js';
import { parseJsonForm } from './text/json-form.js';
import { type LogicalLine, LogicalLines } from './text/logical-lines.js';

/** How a Dockerfile is parsed. */
export interface ParseOptions {
  /** The name of the file in error messages. @default Dockerfile */
  readonly file?: string | undefined;
  /** Cap on the length of the text, in UTF-16 code units. @default 4 Mi */
  readonly maxLength?: number | undefined;
}

const DEFAULT_MAX_LENGTH = 4 * 1024 * 1024;

/**
 * Parses a Dockerfile as BuildKit does: directives, escapes, continuations, heredocs, flags and the JSON form.
 *
 * Takes time in proportion to the length of the text.
 *
 * @throws DockerfileError with line, column and hint, for the first mistake in the text
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function parse(text: string | Uint8Array, options: ParseOptions = {}): Dockerfile {
  const { file, maxLength = DEFAULT_MAX_LENGTH } = options;
  const source = typeof text === 'string' ? text : new TextDecoder().decode(text);
  if (source.length > maxLength) {
    const reason = `the Dockerfile is longer than ${maxLength} characters (\`maxLength\`)`;
    throw new DockerfileError(reason, {
      problem: 'size',
      line: 1,
      column: 1,
      file,
    });
  }
  const lines = new LogicalLines(source);
  const globalArgs: ArgInstruction[] = [];
  const stages: { index: number; from: FromInstruction; instructions: Instruction[] }[] = [];
  for (;;) {
    const found = readStatement(lines, file);
    if (found === undefined) break;
    const { instruction, line } = found;
    const stage = stages.at(-1);
    if (instruction.kind === 'from')
      stages.push({ index: stages.length, from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.kind === 'arg') globalArgs.push(instruction);
    else {
      throw located(
        new Problem('stage', 'the first instruction is not FROM', {
          offset: 0,
          hint: 'only ARG can come before FROM',
        }),
        line,
        file,
      );
    }
  }
  if (stages.length === 0) {
    const reason = 'the Dockerfile has no FROM';
    throw new DockerfileError(reason, { problem: 'stage', line: Math.max(lines.line, 1), column: 1, file });
  }
  return { directives: lines.directives(), globalArgs, stages };
}

/**
 * Parses a single instruction, such as a trigger of ONBUILD in the config of a base image.
 *
 * @throws DockerfileError for a mistake in it, or more than one instruction
 */
export function parseTrigger(text: string, options: Pick<ParseOptions, 'file'> = {}): Instruction {
  const { file = 'ONBUILD' } = options;
  const lines = new LogicalLines(text);
  const first = readStatement(lines, file);
  if (first !== undefined && first.instruction.kind !== 'from' && lines.read() === undefined)
    return first.instruction;
  throw new DockerfileError('the trigger is not one instruction', {
    problem: 'syntax',
    line: 1,
    column: 1,
    file,
  });
}

function readStatement(
  lines: LogicalLines,
  file: string | undefined,
): { readonly instruction: Instruction | FromInstruction; readonly line: LogicalLine } | undefined {
  let line: LogicalLine | undefined;
  try {
    line = lines.read();
    if (line === undefined) return undefined;
    return { instruction: readInstruction(lines, line), line };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (line !== undefined) throw located(error, line, file);
    throw new DockerfileError(error.message, {
      problem: error.kind,
      line: lines.line,
      column: 1,
      file,
      hint: error.hint,
      cause: error,
    });
  }
}

function readInstruction(lines: LogicalLines, line: LogicalLine): Instruction | FromInstruction {
  const { escape } = lines.directives();
  const { name, flags, rest } = splitCommandLine(line.text, escape);
  const upper = name.text.toUpperCase();
  const inner = upper === 'ONBUILD' ? splitCommandLine(rest.text, escape) : { name, rest };
  const canHaveHeredocs =
    HEREDOC_INSTRUCTIONS.has(inner.name.text.toUpperCase()) && parseJsonForm(inner.rest) === undefined;
  const heredocs: readonly Heredoc[] = canHaveHeredocs
    ? heredocsOf(line.text).map((mark) => ({ ...mark, content: lines.readHeredoc(mark.name, mark.chomp) }))
    : [];
  const { line: start, column } = line.positionOf(name.offset);
  const range = { line: start, column, endLine: lines.line };
  return parseInstruction({
    ...{ name: upper, flags, rest, heredocs, escape },
    base: {
      range,
      source: line.text.trim(),
      keyword: name.text,
      comments: line.comments,
      ...(line.hasEmptyLine && { emptyContinuation: line.endLine }),
    },
  });
}

/** The error of a problem in a logical line. */
function located(problem: Problem, line: LogicalLine, file: string | undefined): DockerfileError {
  const { kind, message, hint, offset = 0 } = problem;
  return new DockerfileError(message, {
    problem: kind,
    ...line.positionOf(offset),
    file,
    hint,
    cause: problem,
  });
}

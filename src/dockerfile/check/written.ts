import type { FromInstruction, Instruction, SourceRange } from '../instructions/types.js';
import type { Stage } from '../instructions/dockerfile.js';
import type { CheckContext } from './context.js';
import type { CheckSettings } from './settings.js';

type Any = Instruction | FromInstruction;

/** Checks how the file is written: the case of words, names of stages, comments, and instructions that are out of date. */
export function checkWriting(context: CheckContext): void {
  const { globalArgs, stages } = context.file;
  for (const instruction of globalArgs) checkInstruction(instruction, context);
  for (const { from, instructions } of stages) {
    checkInstruction(from, context);
    for (const instruction of instructions) checkInstruction(instruction, context);
  }
  checkNames(stages, context);
  checkCase(stages, context);
}

function checkInstruction(instruction: Any, { report, settings }: CheckContext): void {
  const { range, emptyContinuation: line } = instruction;
  if (line !== undefined) {
    const last: SourceRange = { line, column: 1, endLine: line };
    const message = 'the instruction has an empty continuation line, which a later version will not allow';
    report.warn(settings, 'NoEmptyContinuation', last, message);
  }
  const local = settings.within(instruction.comments);
  const warn = (rule: Parameters<typeof report.warn>[1], message: string): void => {
    report.warn(local, rule, range, message);
  };
  if (instruction.kind === 'maintainer')
    warn('MaintainerDeprecated', 'MAINTAINER is deprecated; set the label org.opencontainers.image.authors');
  if (instruction.kind === 'from') checkStageName(instruction, warn);
  checkDescription(instruction, local, warn);
}

function checkStageName(
  { keyword, writtenName = '', writtenAs }: FromInstruction,
  warn: (rule: 'StageNameCasing' | 'FromAsCasing', message: string) => void,
): void {
  if (writtenAs === undefined) return;
  if (writtenName !== writtenName.toLowerCase())
    warn('StageNameCasing', `the name ${JSON.stringify(writtenName)} of the stage is not in lower case`);
  // FROM in mixed case has a warning of its own.
  const expected = sameCase(keyword, 'as');
  if (expected !== undefined && writtenAs !== expected)
    warn('FromAsCasing', `${writtenAs} is not in the case of ${keyword}`);
}

/** A word in the case of another one; undefined if that is in mixed case. */
function sameCase(example: string, word: string): string | undefined {
  if (example === example.toLowerCase()) return word.toLowerCase();
  return example === example.toUpperCase() ? word.toUpperCase() : undefined;
}

/** The last comment above ARG, and above FROM with a name, is a description if it begins with the name. */
function checkDescription(
  instruction: Any,
  settings: CheckSettings,
  warn: (rule: 'InvalidDefinitionDescription', message: string) => void,
): void {
  const comment = instruction.comments.at(-1);
  if (comment === undefined || !settings.checks('InvalidDefinitionDescription')) return;
  const names = definedNames(instruction);
  const [first] = comment.split(' ', 1);
  const [name] = names;
  if (name === undefined || names.some((candidate) => candidate === first)) return;
  const example = names.length === 1 ? name : 'NAME';
  const message = `the comment above ${instruction.kind.toUpperCase()} is not a description, which begins with the name: "# ${example} DESCRIPTION"`;
  warn('InvalidDefinitionDescription', message);
}

function definedNames(instruction: Any): readonly string[] {
  if (instruction.kind === 'arg') return instruction.variables.map(({ name }) => name);
  return instruction.kind === 'from' && instruction.name !== undefined ? [instruction.name] : [];
}

const RESERVED: ReadonlySet<string> = new Set(['context', 'scratch']);

function checkNames(stages: readonly Stage[], { report, settings }: CheckContext): void {
  const seen = new Set<string>();
  for (const {
    from: { name, range },
  } of stages) {
    if (name === undefined) continue;
    if (RESERVED.has(name))
      report.warn(settings, 'ReservedStageName', range, `the name ${name} of the stage is reserved`);
    if (seen.has(name))
      report.warn(settings, 'DuplicateStageName', range, `a stage before this one has the name ${name} too`);
    seen.add(name);
  }
}

/** Compares the case of all instructions, except ARG before the first FROM, with the case of most of them. */
function checkCase(stages: readonly Stage[], { report, settings }: CheckContext): void {
  const all = stages.flatMap(({ from, instructions }): readonly Any[] => [from, ...instructions]);
  const lower = all.filter(({ keyword }) => keyword === keyword.toLowerCase()).length;
  const upper = all.filter(({ keyword }) => keyword === keyword.toUpperCase()).length;
  const isLower = lower > upper;
  for (const { keyword, range } of all) {
    if (keyword === (isLower ? keyword.toLowerCase() : keyword.toUpperCase())) continue;
    const message = `${keyword} is not in ${isLower ? 'lower' : 'upper'} case, as most instructions of the file are`;
    report.warn(settings, 'ConsistentInstructionCasing', range, message);
  }
}

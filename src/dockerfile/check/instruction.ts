import { expand, type LexerOptions, type Variables } from '../expand/lexer.js';
import { expandMembers } from '../evaluate/expand-instruction.js';
import { parsePort } from '../evaluate/ports.js';
import { parseMount } from '../instructions/mount.js';
import type {
  EnvInstruction,
  ExposeInstruction,
  Instruction,
  LabelInstruction,
  RunInstruction,
} from '../instructions/types.js';
import { checkFiles } from './copied-files.js';
import { checkArgument, checkSecret } from './argument.js';
import { attempt } from './context.js';
import { isAbsolutePath } from './platform.js';
import { type Expanded, expandIn, type Visit, warn } from './visit.js';

/** Checks an instruction of a stage, and evaluates it: the instructions after it see its variables. */
export function checkInstruction(instruction: Instruction, visit: Visit): void {
  const { state } = visit;
  switch (instruction.kind) {
    case 'add':
    case 'copy':
      checkFiles(instruction, expandAll(instruction, visit), visit);
      return;
    case 'arg':
      checkArgument(instruction, visit);
      return;
    case 'cmd':
    case 'entrypoint':
      checkOnce(instruction, visit);
      if (instruction.command.form === 'shell' && !state.hasShell) {
        const message = `${instruction.keyword} runs in a shell, which does not pass on signals; write it in JSON form`;
        warn(visit, 'JSONArgsRecommended', message);
      }
      return;
    case 'env':
      checkEnv(instruction, visit);
      return;
    case 'expose':
      checkPorts(instruction, visit);
      return;
    case 'healthcheck':
      checkOnce(instruction, visit);
      return;
    case 'label':
      expandAll(instruction, visit);
      checkPairs(instruction, visit);
      return;
    case 'run':
      checkMounts(instruction, visit);
      return;
    case 'shell':
      state.hasShell = true;
      return;
    case 'workdir':
      checkWorkdir(expandAll(instruction, visit), visit);
      return;
    case 'stopsignal':
    case 'user':
    case 'volume':
      expandAll(instruction, visit);
      return;
    default:
  }
}

function expandAll<T extends Instruction>(instruction: T, visit: Visit): Expanded<T> {
  const bodies = 'inline' in instruction ? instruction.inline.map(({ content }) => content) : [];
  const text = [instruction.source, ...bodies].join('\n');
  return expandIn(visit, text, (variables, options) => expandMembers(instruction, variables, options));
}

/** Only the last CMD, ENTRYPOINT and HEALTHCHECK of a stage have an effect, so the one before is reported. */
function checkOnce({ kind, keyword, range }: Instruction, visit: Visit): void {
  const before = visit.state.last.get(kind);
  visit.state.last.set(kind, range);
  if (before === undefined) return;
  const message = `a later ${keyword} of the stage replaces this one`;
  warn({ ...visit, range: before }, 'MultipleInstructionsDisallowed', message);
}

function checkPairs({ keyword, pairs }: EnvInstruction | LabelInstruction, visit: Visit): void {
  for (const { legacy } of pairs) {
    if (!legacy) continue;
    const message = `${keyword} is in the old form without an equals sign; write ${keyword} NAME=VALUE`;
    warn(visit, 'LegacyKeyValueFormat', message);
  }
}

/** All pairs see the variables before the instruction. Only one warning names a variable that several pairs use. */
function checkEnv(instruction: EnvInstruction, visit: Visit): void {
  checkPairs(instruction, visit);
  const { state, scope } = visit;
  const parts = expandIn(visit, instruction.source, (variables, options) =>
    instruction.pairs.map((pair) => {
      let isCertain = true;
      const text = (part: string): string => {
        const expansion = expand(part, variables, options);
        isCertain &&= state.isKnown || expansion.unset.size === 0;
        return expansion.text;
      };
      return { name: text(pair.name), value: text(pair.value), isCertain };
    }),
  );
  // After a mistake, the variables exist, but their values are not known.
  const pairs = parts.value ?? instruction.pairs.map((pair) => ({ ...pair, isCertain: false }));
  for (const { name, value, isCertain } of pairs) {
    checkSecret('ENV', name, visit);
    scope.set(name, isCertain ? value : undefined);
  }
}

function checkMounts({ mounts }: RunInstruction, visit: Visit): void {
  if (mounts.length === 0) return;
  expandIn(visit, mounts.join('\n'), (variables, options) => {
    for (const mount of mounts) parseMount(mount, (value) => expand(value, variables, options).text);
  });
}

function checkWorkdir({ value, isCertain }: Expanded<{ readonly path: string }>, visit: Visit): void {
  const { state } = visit;
  if (!state.hasWorkdir && value !== undefined && isCertain && !isAbsolutePath(value.path, state.os)) {
    const message = `the relative path ${JSON.stringify(value.path)} depends on the working directory of the base image`;
    warn(visit, 'WorkdirRelativePath', message);
  }
  state.hasWorkdir = true;
}

/** Checks the ports of EXPOSE. As in BuildKit, variables that are not defined are not reported here. */
function checkPorts({ source, ports }: ExposeInstruction, visit: Visit): void {
  const { report } = visit.context;
  for (const port of ports) {
    const step = (variables: Variables, options: LexerOptions): readonly string[] =>
      expand(port, variables, options).words;
    const { value = [], isCertain } = expandIn(visit, source, step, { isLenient: true });
    if (!isCertain) continue;
    for (const word of value) {
      attempt(report, visit.range, () => {
        checkPort(word, visit);
      });
    }
  }
}

function checkPort(text: string, visit: Visit): void {
  const { writtenProtocol, hasHost } = parsePort(text);
  if (writtenProtocol !== writtenProtocol.toLowerCase())
    warn(visit, 'ExposeProtoCasing', `the protocol of the port ${JSON.stringify(text)} is not in lower case`);
  if (hasHost) {
    const message = `the port ${JSON.stringify(text)} has an address or a port of the host, which EXPOSE does not use`;
    warn(visit, 'ExposeInvalidFormat', message);
  }
}

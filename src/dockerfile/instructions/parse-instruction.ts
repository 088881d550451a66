import { Problem, suggestion } from '../parts/problem.js';
import { splitWords } from '../text/command-line.js';
import { parseJsonForm } from '../text/json-form.js';
import { blankList, commandOf, listOf, pairsOf, soleArgument } from './arguments.js';
import { parseAdd, parseCopy } from './files.js';
import { parseFlags } from './flags.js';
import { parseFrom } from './from.js';
import { parseHealthcheck } from './healthcheck.js';
import { parseRun } from './run.js';
import type { Statement } from './statement.js';
import type {
  ArgInstruction,
  ExposeInstruction,
  FromInstruction,
  Instruction,
  OnbuildInstruction,
  ShellInstruction,
  VolumeInstruction,
} from './types.js';

type Parser = (statement: Statement) => Instruction | FromInstruction;

/** The instructions without flags of their own. */
const withoutFlags =
  (parse: Parser): Parser =>
  (statement) => {
    parseFlags(statement.flags, {});
    return parse(statement);
  };

const parsers: Readonly<Record<string, Parser>> = {
  ADD: parseAdd,
  ARG: withoutFlags(parseArg),
  CMD: withoutFlags(({ base, rest }) => ({ kind: 'cmd', ...base, command: commandOf(rest) })),
  COPY: parseCopy,
  ENTRYPOINT: withoutFlags(({ base, rest }) => ({ kind: 'entrypoint', ...base, command: commandOf(rest) })),
  ENV: withoutFlags((statement) => ({ kind: 'env', ...statement.base, pairs: pairsOf(statement) })),
  EXPOSE: withoutFlags(parseExpose),
  FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck,
  LABEL: withoutFlags((statement) => ({ kind: 'label', ...statement.base, pairs: pairsOf(statement) })),
  MAINTAINER: withoutFlags((statement) => ({
    kind: 'maintainer',
    ...statement.base,
    maintainer: soleArgument(statement),
  })),
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: withoutFlags(parseShell),
  STOPSIGNAL: withoutFlags((statement) => ({
    kind: 'stopsignal',
    ...statement.base,
    signal: soleArgument(statement),
  })),
  USER: withoutFlags((statement) => ({ kind: 'user', ...statement.base, user: soleArgument(statement) })),
  VOLUME: withoutFlags(parseVolume),
  WORKDIR: withoutFlags((statement) => ({
    kind: 'workdir',
    ...statement.base,
    path: soleArgument(statement),
  })),
};

/** The instructions that may have heredocs. In JSON form they have none. */
export const HEREDOC_INSTRUCTIONS: ReadonlySet<string> = new Set(['ADD', 'COPY', 'RUN']);

/**
 * Reads the arguments of an instruction.
 *
 * @throws Problem for an instruction that does not exist, and for flags or arguments that it does not take
 */
export function parseInstruction(statement: Statement): Instruction | FromInstruction {
  const { name } = statement;
  const parser = Object.hasOwn(parsers, name) ? parsers[name] : undefined;
  if (parser !== undefined) return parser(statement);
  throw new Problem('instruction', `the instruction ${name.slice(0, 40)} does not exist`, {
    offset: 0,
    hint: suggestion(
      name,
      Object.keys(parsers),
      'if this line continues the line before, that line must end with a \\',
    ),
  });
}

function parseArg({ base, rest, escape }: Statement): ArgInstruction {
  const words = splitWords(rest, escape);
  if (words.length === 0) throw new Problem('arguments', 'ARG needs an argument', { offset: rest.offset });
  const variables = words.map(({ text, offset }) => {
    const equals = text.indexOf('=');
    if (equals === 0) throw new Problem('arguments', 'a name of ARG is empty', { offset });
    return equals < 0
      ? { name: text, value: undefined }
      : { name: text.slice(0, equals), value: text.slice(equals + 1) };
  });
  return { kind: 'arg', ...base, variables };
}

function parseExpose({ base, rest }: Statement): ExposeInstruction {
  const ports = blankList(rest);
  if (ports.length === 0) throw new Problem('arguments', 'EXPOSE needs a port', { offset: rest.offset });
  return { kind: 'expose', ...base, ports: [...ports].sort() };
}

function parseVolume(statement: Statement): VolumeInstruction {
  const { base, rest } = statement;
  const volumes = listOf(statement).map((volume) => volume.trim());
  if (volumes.length === 0) throw new Problem('arguments', 'VOLUME needs a path', { offset: rest.offset });
  if (volumes.includes(''))
    throw new Problem('arguments', 'a path of VOLUME is empty', { offset: rest.offset });
  return { kind: 'volume', ...base, volumes };
}

function parseShell({ base, rest }: Statement): ShellInstruction {
  const shell = parseJsonForm(rest);
  if (shell === undefined || shell.length === 0) {
    throw new Problem('arguments', 'SHELL needs a shell in JSON form', {
      offset: rest.offset,
      hint: 'such as SHELL ["/bin/bash", "-c"]',
    });
  }
  return { kind: 'shell', ...base, shell };
}

/** The trigger is kept as text. It is parsed when another image is built on this one. */
function parseOnbuild({ flags, rest, heredocs, base }: Statement): OnbuildInstruction {
  parseFlags(flags, {});
  const [trigger = ''] = blankList(rest);
  const name = trigger.toUpperCase();
  if (name === '') throw new Problem('arguments', 'ONBUILD needs an instruction', { offset: rest.offset });
  if (['ONBUILD', 'MAINTAINER', 'FROM'].includes(name)) {
    throw new Problem('arguments', `${name} cannot be a trigger of ONBUILD`, { offset: rest.offset });
  }
  const bodies = heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`);
  return { kind: 'onbuild', ...base, trigger: rest.text + bodies.join('') };
}

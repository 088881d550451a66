import { expand, type LexerOptions, type Variables } from '../expand/lexer.js';
import type {
  ExposeInstruction,
  FilesInstruction,
  InlineFile,
  Instruction,
  Pair,
} from '../instructions/types.js';
import { parsePorts } from './ports.js';

/**
 * Expands the variables in an instruction, in those members in which BuildKit does: names and values of ENV and LABEL,
 * sources, destination, owner, mode, checksum and heredocs of ADD and COPY, and the arguments of EXPOSE, STOPSIGNAL,
 * USER, VOLUME and WORKDIR. Other instructions are returned unchanged: ARG has its own rules, and the shell expands
 * commands.
 *
 * @throws Problem for a text that cannot be expanded, or an invalid port
 */
export function expandMembers<T extends Instruction>(
  instruction: T,
  variables: Variables,
  options: LexerOptions,
): T;
export function expandMembers(
  instruction: Instruction,
  variables: Variables,
  options: LexerOptions,
): Instruction {
  const text = (value: string): string => expand(value, variables, options).text;
  switch (instruction.kind) {
    case 'add':
      return {
        ...instruction,
        ...expandFiles(instruction, variables, text),
        checksum: instruction.checksum === undefined ? undefined : text(instruction.checksum),
      };
    case 'copy':
      return { ...instruction, ...expandFiles(instruction, variables, text) };
    case 'env':
    case 'label':
      return { ...instruction, pairs: instruction.pairs.map((pair) => expandPair(pair, text)) };
    case 'expose':
      return expandExpose(instruction, variables, options);
    case 'stopsignal':
      return { ...instruction, signal: text(instruction.signal) };
    case 'user':
      return { ...instruction, user: text(instruction.user) };
    case 'volume':
      return { ...instruction, volumes: instruction.volumes.map(text) };
    case 'workdir':
      return { ...instruction, path: text(instruction.path) };
    default:
      return instruction;
  }
}

function expandFiles(
  { sources, inline, destination, chown, chmod }: FilesInstruction,
  variables: Variables,
  text: (value: string) => string,
): Pick<FilesInstruction, 'sources' | 'inline' | 'destination' | 'chown' | 'chmod'> {
  return {
    sources: sources.map(text),
    inline: inline.map((file) => expandInline(file, variables)),
    destination: text(destination),
    chown: chown === undefined ? undefined : text(chown),
    chmod: chmod === undefined ? undefined : text(chmod),
  };
}

/** In the body of a heredoc, the escape character is always a backslash, and quotes have no meaning. */
function expandInline(file: InlineFile, variables: Variables): InlineFile {
  if (!file.expand) return file;
  return { ...file, content: expand(file.content, variables, { ignoreQuotes: true }).text, expand: false };
}

function expandPair(pair: Pair, text: (value: string) => string): Pair {
  return { ...pair, name: text(pair.name), value: text(pair.value) };
}

/** The ports as `80/tcp`. A variable may hold several ports, and `100-102` is a range of three. */
function expandExpose(
  instruction: ExposeInstruction,
  variables: Variables,
  options: LexerOptions,
): ExposeInstruction {
  const words = instruction.ports.flatMap((port) => expand(port, variables, options).words);
  return { ...instruction, ports: words.flatMap(parsePorts) };
}

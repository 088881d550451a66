import { type Command, InvalidArgumentError } from 'commander';
import { parseHostPattern } from '../../transport/guard/host-pattern.js';
import type { Cli } from './cli.js';

/**
 * Declares one command: its arguments, flags and help. What it runs is imported by its action,
 * so that a command loads only what it uses.
 */
export type Declare = (program: Command, open: () => Cli) => Command;

const examples = new WeakMap<Command, string>();

/** Shows command lines below the command's help. */
export function withExample(command: Command, ...lines: readonly string[]): Command {
  examples.set(command, lines.join('\n'));
  const title = lines.length === 1 ? 'Example' : 'Examples';
  return command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}

/** One command line in each line. */
export function exampleOf(command: Command): string | undefined {
  return examples.get(command);
}

/** Parses a flag's value as a whole number from 1 on. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Want a whole number from 1 on.');
  return value;
}

/** Collects the values of a flag that names a host each time. */
export function hostPattern(text: string, earlier: readonly string[] = []): readonly string[] {
  if (parseHostPattern(text) === undefined)
    throw new InvalidArgumentError('Want host, host:port, https://host or *.domain.');
  return [...earlier, text];
}

/** Parses a flag's value as a TCP port, 0 included. */
export function port(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new InvalidArgumentError('Want a port from 0 to 65535.');
  }
  return value;
}

/** Collects a flag that may be given several times. */
export function repeatable(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Collects a flag that may be given several times, or once with commas, as Go's flags may. */
export function commaSeparated(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...splitCommas(value)];
}

/** One line of comma-separated values: what has a comma in it stands in double quotes. */
function splitCommas(line: string): string[] {
  const fields = line.match(/"(?:[^"]|"")*"|[^,]+|(?<=^|,)(?=,|$)/g) ?? [];
  return fields.map((field) => (/^".*"$/s.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field));
}

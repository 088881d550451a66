import { type Command, InvalidArgumentError } from 'commander';
import { parseHostPattern } from '../../transport/guard/host-pattern.js';
import type { Cli } from './cli.js';

/**
 * Declares one command: its arguments, flags and help. The action imports the code that it runs, so that a command loads only
 * the modules it uses.
 */
export type Declare = (program: Command, open: () => Cli) => Command;

const examples = new WeakMap<Command, string>();

/** Adds example command lines below the help of a command. */
export function withExample(command: Command, ...lines: readonly string[]): Command {
  examples.set(command, lines.join('\n'));
  const title = lines.length === 1 ? 'Example' : 'Examples';
  return command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}

/** The examples of a command, one command line per line. */
export function exampleOf(command: Command): string | undefined {
  return examples.get(command);
}

/** Parses the value of a flag as a whole number that is at least 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('The value must be a whole number, at least 1.');
  return value;
}

/** Collects the values of a flag that names a host and may be repeated. */
export function hostPattern(text: string, earlier: readonly string[] = []): readonly string[] {
  if (parseHostPattern(text) === undefined)
    throw new InvalidArgumentError('The value must be host, host:port, https://host or *.domain.');
  return [...earlier, text];
}

/** Parses a flag's value as a TCP port, 0 included. */
export function port(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new InvalidArgumentError('The value must be a port from 0 to 65535.');
  }
  return value;
}

/** Collects the values of a flag that may be repeated. */
export function repeatable(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Collects the values of a flag that may be repeated or may list several values with commas, as Go's flags do. */
export function commaSeparated(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...splitCommas(value)];
}

/** Splits a line of comma-separated values. A value that contains a comma is in double quotes. */
function splitCommas(line: string): string[] {
  const fields = line.match(/"(?:[^"]|"")*"|[^,]+|(?<=^|,)(?=,|$)/g) ?? [];
  return fields.map((field) => (/^".*"$/s.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field));
}

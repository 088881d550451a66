import type { Argument, Command, Option } from 'commander';
import { exampleOf } from '../context/declare.js';

/** A flag, for help, completion and documentation. */
export interface FlagOutline {
  /** Such as `-a, --all-tags`. */
  readonly flags: string;
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly fallback: string | undefined;
}

/** A positional argument, for help, completion and documentation. */
export interface ArgumentOutline {
  readonly name: string;
  readonly description: string;
  readonly choices: readonly string[];
}

/** A command with its subcommands, as plain data. */
export interface CommandOutline {
  /** Such as `auth login`; empty for the program. */
  readonly path: readonly string[];
  readonly aliases: readonly string[];
  readonly description: string;
  readonly example: string | undefined;
  /** Such as `[options] <image> <tag>`. */
  readonly usage: string;
  readonly arguments: readonly ArgumentOutline[];
  readonly flags: readonly FlagOutline[];
  readonly commands: readonly CommandOutline[];
}

/** Describes a command and its subcommands as plain data, for completion and documentation. */
export function outline(command: Command, path: readonly string[] = []): CommandOutline {
  return {
    path,
    aliases: command.aliases(),
    description: command.description(),
    example: exampleOf(command),
    usage: command.usage(),
    arguments: command.registeredArguments.map(argumentOutline),
    flags: command.options.filter((option) => !option.hidden).map(flagOutline),
    commands: command.commands.map((child) => outline(child, [...path, child.name()])),
  };
}

function argumentOutline(argument: Argument): ArgumentOutline {
  return {
    name: argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    description: argument.description,
    choices: argument.argChoices ?? [],
  };
}

function flagOutline(option: Option): FlagOutline {
  const fallback: unknown = option.defaultValue;
  return {
    flags: option.flags,
    short: option.short,
    long: option.long,
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
    fallback: typeof fallback === 'string' ? fallback : undefined,
  };
}

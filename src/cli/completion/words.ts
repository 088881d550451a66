import type { CommandOutline, FlagOutline } from './outline.js';

/** A word that may follow, with its description. */
export interface Word {
  readonly text: string;
  readonly description: string;
}

/** The words that may follow a command. */
export interface Context {
  /** The command before, such as `auth login`; empty at the start. */
  readonly path: string;
  readonly words: readonly Word[];
  /** Whether the command takes file names as arguments. */
  readonly files: boolean;
  /** The possible values of a flag, by both `-f` and `--flag`. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Flags with any value, for which file names are completed. */
  readonly free: readonly string[];
}

/** One entry for each command and each of its aliases. */
export function contexts(program: CommandOutline): readonly Context[] {
  const found: Context[] = [];
  const visit = (command: CommandOutline, paths: readonly string[], inherited: readonly FlagOutline[]) => {
    const flags = [...command.flags, ...inherited, HELP];
    const words = [
      ...command.commands.flatMap(namesOf),
      ...command.arguments.flatMap(({ choices }) => choices.map((text) => ({ text, description: '' }))),
      ...flags.flatMap((flag) => flagNames(flag).map((text) => ({ text, description: flag.description }))),
    ];
    const values = new Map(
      flags.flatMap((flag) =>
        flag.choices.length === 0 ? [] : flagNames(flag).map((name) => [name, flag.choices] as const),
      ),
    );
    const free = flags.filter((flag) => flag.takesValue && flag.choices.length === 0).flatMap(flagNames);
    const files = command.arguments.some(({ choices }) => choices.length === 0);
    for (const path of paths) found.push({ path, words, files, values, free });
    for (const child of command.commands) {
      const below = namesOf(child).flatMap(({ text }) => paths.map((path) => `${path} ${text}`.trim()));
      visit(child, below, command.path.length === 0 ? command.flags.filter(isGlobal) : inherited);
    }
  };
  visit(program, [''], []);
  return found;
}

const HELP: FlagOutline = {
  flags: '-h, --help',
  short: '-h',
  long: '--help',
  description: 'show help',
  takesValue: false,
  choices: [],
  fallback: undefined,
};

/** All flags of the program except `--version` may also follow the command. */
const isGlobal = ({ long }: FlagOutline): boolean => long !== '--version';

function namesOf({ path, aliases, description }: CommandOutline): readonly Word[] {
  return [path.at(-1) ?? '', ...aliases].map((text) => ({ text, description }));
}

function flagNames({ short, long }: FlagOutline): readonly string[] {
  return [short, long].filter((name) => name !== undefined);
}

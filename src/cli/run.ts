import { type Command, CommanderError } from 'commander';
import { type Cli, type GlobalOptions, openCli } from './context/cli.js';
import { adviceOn } from './context/advice.js';
import { describeError } from './context/describe-error.js';
import { exitCodeOf, FAILURE, Interrupted, ResultCode } from './terminal/exit-code.js';
import { intendedFile } from './context/intended-file.js';
import { newCliHosts } from './context/hosts.js';
import type { Io } from './terminal/io.js';
import { newOutput, type Output } from './terminal/output.js';
import { newProgram } from './program.js';

/** Commands that contact no registry, so they need no settings of registries. */
const OFFLINE = new Set(['version', 'completion']);

/** Runs one command line; resolves to the exit code, and never rejects. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let help = '';
  let cli: Cli | undefined;
  const output = newOutput(io);
  const hosts = newCliHosts(io);
  const program = newProgram(
    (flags) => (cli ??= openCli(io, output, flags, hosts)),
    (text) => (help += text),
  );
  let running: Command | undefined;
  program.hook('preAction', async (_program, command) => {
    running = command;
    if (!OFFLINE.has(command.name())) await hosts.load(program.opts<GlobalOptions>().hosts);
  });
  let failure: { readonly reason: unknown } | undefined;
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    failure = { reason: io.signal.aborted ? io.signal.reason : await unlessUnknown(program, error) };
  }
  const advice = failure === undefined ? undefined : await adviceOn(failure.reason, cli);
  // The progress display is removed before anything else is printed.
  const hasErased = (await cli?.close()) ?? false;
  try {
    if (failure === undefined || isHelp(failure.reason)) {
      failure = undefined;
      await output.data.raw(help);
    }
  } catch (error) {
    failure = { reason: error };
  }
  return failure === undefined
    ? 0
    : report(failure.reason, output, { args, program, running, hasErased, advice });
}

/** The command line that ran, for messages about it. */
interface Invocation {
  readonly args: readonly string[];
  readonly program: Command;
  /** The command whose action ran. */
  readonly running: Command | undefined;
  /** Whether bars were erased at the end of the run. */
  readonly hasErased: boolean;
  /** A better hint than that of the error. */
  readonly advice: string | undefined;
}

async function report(
  reason: unknown,
  { messages }: Output,
  { args, program, running, hasErased, advice }: Invocation,
): Promise<number> {
  const code = exitCodeOf(reason);
  if ((reason instanceof Interrupted && reason.silent) || reason instanceof ResultCode) return code;
  // The terminal has printed ^C at the cursor, perhaps after a part of a line.
  if (reason instanceof Interrupted && messages.size() !== undefined && !hasErased) await messages.raw('\n');
  const help = reason instanceof CommanderError ? `; see \`${commandOf(program, args)} --help\`` : '';
  const file = intendedFile(reason, running);
  const pathHint = file === undefined ? '' : `; if you mean the file ${file}, write ./${file}`;
  await messages.print([`${describeError(reason, advice)}${help}${pathHint}`]);
  // The stack of an internal error is printed only with --verbose.
  if (code === FAILURE && reason instanceof Error && (args.includes('-v') || args.includes('--verbose'))) {
    await messages.print((reason.stack ?? '').split('\n'));
  }
  return code;
}

/** Whether commander threw only to end after it printed help or the version. */
function isHelp(reason: unknown): boolean {
  return reason instanceof CommanderError && (reason.exitCode === 0 || reason.code === 'commander.help');
}

/** Turns help for a command that does not exist into a failure; commander would print other help and succeed. */
async function unlessUnknown(program: Command, reason: unknown): Promise<unknown> {
  if (!isHelp(reason)) return reason;
  const words = program.args.filter((word) => !word.startsWith('-'));
  if (words[0] === 'help') words.shift();
  let command = program;
  for (const [index, word] of words.entries()) {
    const next = childOf(command, word);
    if (next === undefined) {
      if (command.commands.length === 0 || word === 'help') return reason;
      // This runs no action: it fails at the word that is not a command.
      return program.parseAsync(words.slice(0, index + 1), { from: 'user' }).then(
        () => reason,
        (unknown: unknown) => unknown,
      );
    }
    command = next;
  }
  return reason;
}

function childOf(command: Command, word: string): Command | undefined {
  return command.commands.find((child) => child.name() === word || child.aliases().includes(word));
}

/** The name of the most specific command that the arguments name. */
function commandOf(program: Command, args: readonly string[]): string {
  let command = program;
  const words = [program.name()];
  for (const word of args) {
    const next = childOf(command, word);
    if (next === undefined) continue;
    command = next;
    words.push(word);
  }
  return words.join(' ');
}

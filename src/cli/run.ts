import { Command, CommanderError } from 'commander';
import { version } from '../internal/version.js';
import { commands } from './commands/table.js';
import { type Cli, openCli } from './cli.js';
import { describeError, exitCodeOf, FAILURE, Interrupted } from './exit-code.js';
import { type Io, write } from './io.js';

/** Runs one command line; resolves to the exit code, and never rejects. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let output = '';
  let cli: Cli | undefined;
  const program = new Command('gantry')
    .description('Reads, writes, copies and checks container images in registries, archives and layouts.')
    .version(version, '--version', 'print the version')
    .option('--platform <os/arch[/variant][:osversion]|all>', 'the platform of a multi-platform image', 'all')
    .option('--insecure', 'allow plain http and unverified certificates')
    .option('--allow-nondistributable-artifacts', 'push foreign layers too')
    .option('-v, --verbose', 'print every request on stderr, without secrets')
    .option('-q, --quiet', 'print errors only')
    .option('--progress <auto|bars|lines|json|none>', 'how to show progress on stderr', 'auto')
    .configureOutput({
      writeOut: (text) => (output += text),
      // Usage errors are thrown and reported below, like all others.
      writeErr: () => undefined,
    })
    .exitOverride()
    .showSuggestionAfterError()
    .enablePositionalOptions(false)
    .helpCommand(true);

  const open = (): Cli => (cli ??= openCli(io, program.opts()));
  for (const declare of commands) inherit(declare(program, open), program);

  try {
    if (args.length === 0) {
      program.outputHelp();
    } else {
      await program.parseAsync(args, { from: 'user' });
    }
    await write(io.stdout, output);
    return 0;
  } catch (error) {
    return await report(error, output, io);
  } finally {
    await cli?.close();
  }
}

async function report(error: unknown, output: string, io: Io): Promise<number> {
  const reason: unknown = io.signal.aborted ? io.signal.reason : error;
  const code = exitCodeOf(reason);
  try {
    if (reason instanceof CommanderError && code === 0) await write(io.stdout, output);
    else if (!(reason instanceof Interrupted && reason.exitCode === 141)) {
      await write(io.stderr, `${describeError(reason)}\n`);
    }
    return code;
  } catch {
    // The terminal has gone as well.
    return code === 0 ? FAILURE : code;
  }
}

/** Gives a command and its subcommands the program's way of ending and printing. */
function inherit(command: Command, program: Command): void {
  command.copyInheritedSettings(program);
  for (const child of command.commands) inherit(child, command);
}

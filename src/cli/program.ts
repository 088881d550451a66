import { Command, Option } from 'commander';
import { version } from '../internal/version.js';
import type { Cli, GlobalOptions } from './context/cli.js';
import { hostPattern, commaSeparated } from './context/declare.js';
import { groupOf } from './commands/groups.js';
import { commands } from './commands/table.js';
import { progressStyles } from './progress/open.js';

const LOCATIONS_HELP = `
An image is named by a reference, or by another location: oci:DIR:TAG,
oci-archive:FILE:TAG, docker-archive:FILE:TAG, docker-daemon:IMAGE, or a path
such as ./app.tar; - is stdin or stdout.`;

/**
 * Makes the program with all commands. The command that runs calls `open` with the global flags. `print` gets every help
 * text.
 */
export function newProgram(open: (flags: GlobalOptions) => Cli, print: (text: string) => void): Command {
  const program = new Command('gantry')
    .description('Reads, writes, copies and checks container images in registries, archives and layouts.')
    .version(version, '--version', 'print the version')
    .option(
      '--platform <platform>',
      'os/arch[/variant][:osversion] of the image to use from an index, or all (default: all, or linux/amd64 if the command needs one image)',
      commaSeparated,
    )
    .option('--insecure', 'allow plain http and unverified certificates')
    .option(
      '--hosts <file>',
      'read the settings of registries from this file instead of the usual hosts.json',
    )
    .option('--no-hosts', 'read no settings of registries: no hosts.json, registries.conf or certs.d')
    .option(
      '--trusted-realm <host>',
      'send credentials to this token server, too: host[:port] or *.domain; may be repeated',
      hostPattern,
    )
    .option(
      '--allowed-host <host>',
      'allow registries to redirect requests to this private or plain http host; may be repeated',
      hostPattern,
    )
    .option('--allow-nondistributable-artifacts', 'push foreign layers, too')
    .option(
      '--allow-symlinks',
      'follow symbolic links in place of the blobs of a layout, as Bazel creates them',
    )
    .option('-v, --verbose', 'print every request on stderr, without secrets')
    .option('-q, --quiet', 'print errors only')
    .addOption(
      new Option('--progress <style>', 'how to show progress on stderr')
        .choices(['auto', ...progressStyles])
        .default('auto'),
    )
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    // Commander throws instead of ending the process, and run.ts prints all errors.
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined })
    .exitOverride()
    .commandsGroup(groupOf('help') ?? '')
    .helpCommand(true)
    .addHelpText('after', LOCATIONS_HELP);
  const openCli = (): Cli => open(program.opts());
  for (const declare of commands) {
    const command = declare(program, openCli);
    const group = groupOf(command.name());
    if (group !== undefined) command.helpGroup(group);
    inherit(command, program);
  }
  return program;
}

/** Applies the program's settings for exiting and printing to a command and its subcommands. */
function inherit(command: Command, program: Command): void {
  command.copyInheritedSettings(program);
  for (const child of command.commands) inherit(child, command);
}

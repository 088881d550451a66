import { Command, Option } from 'commander';
import { version } from '../internal/version.js';
import type { Cli, GlobalOptions } from './context/cli.js';
import { hostPattern, commaSeparated } from './context/declare.js';
import { commands } from './commands/table.js';
import { progressStyles } from './progress/open.js';

const LOCATIONS_HELP = `
An image is a reference, or is in another place: oci:DIR:TAG, oci-archive:FILE:TAG,
docker-archive:FILE:TAG, docker-daemon:IMAGE, or a path such as ./app.tar; - is
stdin or stdout.`;

/**
 * The command line with all commands. `open` is called by the one that runs, with the global flags; `print` gets
 * every help text.
 */
export function newProgram(open: (flags: GlobalOptions) => Cli, print: (text: string) => void): Command {
  const program = new Command('gantry')
    .description('Reads, writes, copies and checks container images in registries, archives and layouts.')
    .version(version, '--version', 'print the version')
    .option(
      '--platform <platform>',
      'os/arch[/variant][:osversion] of the image to take from an index, or all (default: all, or linux/amd64 where one image is meant)',
      commaSeparated,
    )
    .option('--insecure', 'allow plain http and unverified certificates')
    .option('--hosts <file>', 'settings of registries, in place of the usual hosts.json')
    .option('--no-hosts', 'read no settings of registries: no hosts.json, registries.conf and certs.d')
    .option(
      '--trusted-realm <host>',
      'send credentials to this token server too: host[:port] or *.domain; several times',
      hostPattern,
    )
    .option(
      '--allowed-host <host>',
      'let registries send requests to this private or plain http host; several times',
      hostPattern,
    )
    .option('--allow-nondistributable-artifacts', 'push foreign layers too')
    .option('--allow-symlinks', 'read blobs of layouts that are symbolic links, as Bazel makes them')
    .option('-v, --verbose', 'print every request on stderr, without secrets')
    .option('-q, --quiet', 'print errors only')
    .addOption(
      new Option('--progress <style>', 'how to show progress on stderr')
        .choices(['auto', ...progressStyles])
        .default('auto'),
    )
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    // Commands throw where commander would end the process; errors are told in one place.
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined })
    .exitOverride()
    .helpCommand(true)
    .addHelpText('after', LOCATIONS_HELP);
  const openCli = (): Cli => open(program.opts());
  for (const declare of commands) inherit(declare(program, openCli), program);
  return program;
}

/** Gives a command and its subcommands the program's way of ending and printing. */
function inherit(command: Command, program: Command): void {
  command.copyInheritedSettings(program);
  for (const child of command.commands) inherit(child, command);
}

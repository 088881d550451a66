import type { Credentials } from '../../authn/config/credentials.js';
import type { CopyOptions } from '../../crane/copying/options.js';
import type { Location } from '../../crane/names/location.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';
import { readText } from './read-text.js';

export interface CopyCredentialFlags {
  readonly srcCreds?: string;
  readonly destCreds?: string;
}

/** Cap on the bytes of a password that is read from stdin. */
const MAX_INPUT = 64 * 1024;

/** One of the two flags. */
interface Side {
  readonly flag: string;
  readonly value: string;
  readonly location: Location;
  /** The variable with the password, if the flag has none. */
  readonly variable: string;
}

/** Reads `--src-creds` and `--dest-creds`. A password is in the flag, in a variable of the environment, or on stdin. */
export async function readCopyCredentials(
  cli: Cli,
  source: Location,
  target: Location,
  { srcCreds, destCreds }: CopyCredentialFlags,
): Promise<Pick<CopyOptions, 'sourceAuth' | 'targetAuth'>> {
  const sides = {
    source: sideOf('--src-creds', srcCreds, source, 'GANTRY_SRC_PASSWORD'),
    target: sideOf('--dest-creds', destCreds, target, 'GANTRY_DEST_PASSWORD'),
  };
  const given = [sides.source, sides.target].filter((side) => side !== undefined);
  for (const { flag, location } of given) {
    if (location.kind !== 'docker')
      throw new UsageError(`${flag} can be used only for an image in a registry`);
  }
  if (given.some(({ value }) => value.includes(':'))) {
    cli.warn('other users can see a password on the command line; give the user name alone to hide it');
  }
  const fromStdin = given.filter((side) => !side.value.includes(':') && variableOf(cli, side) === undefined);
  refuseStdin(cli, fromStdin, [source, target]);
  const [typed] = fromStdin;
  const password = typed === undefined ? '' : await readPassword(cli);
  const credentialsOf = (side: Side | undefined): Credentials | undefined =>
    side && credentials(side, variableOf(cli, side) ?? password);
  return { sourceAuth: credentialsOf(sides.source), targetAuth: credentialsOf(sides.target) };
}

function sideOf(
  flag: string,
  value: string | undefined,
  location: Location,
  variable: string,
): Side | undefined {
  return value === undefined ? undefined : { flag, value, location, variable };
}

function credentials({ flag, value }: Side, otherwise: string): Credentials {
  const colon = value.indexOf(':');
  const username = colon < 0 ? value : value.slice(0, colon);
  const password = colon < 0 ? otherwise : value.slice(colon + 1);
  if (username === '') throw new UsageError(`${flag} has no user name`);
  if (password === '') throw new UsageError(`the password for ${flag} is empty`);
  return { username, password };
}

function variableOf({ io }: Cli, { variable }: Side): string | undefined {
  const value = io.env[variable];
  return value === '' ? undefined : value;
}

/** Standard input holds one password, or an archive. */
function refuseStdin({ io }: Cli, wanting: readonly Side[], locations: readonly Location[]): void {
  const [first, second] = wanting;
  if (first === undefined) return;
  const hint = `set ${wanting.map(({ variable }) => variable).join(' and ')}`;
  if (second !== undefined) throw new UsageError('stdin can have only one of the two passwords', hint);
  if (locations.some((location) => 'path' in location && location.path === '-'))
    throw new UsageError(`stdin has an archive, and not the password for ${first.flag}`, hint);
  // A terminal would show the password while it is typed.
  if ('isTTY' in io.stdin && io.stdin.isTTY)
    throw new UsageError(`${first.flag} has no password`, `${hint}, or write it to stdin`);
}

async function readPassword({ io }: Cli): Promise<string> {
  return (await readText(io.stdin, MAX_INPUT, io.signal)).replace(/\r?\n$/, '');
}

import { newDefaultKeychain } from '../../authn/default-keychain.js';
import { CONFIG_VARIABLE, type RemainingCredentials } from '../../authn/remaining-credentials.js';
import { login } from '../../authn/login.js';
import { resourceOf } from '../../authn/login-target.js';
import { logout } from '../../authn/logout.js';
import { resolveAuth } from '../../authn/resolve-auth.js';
import type { Cli } from '../context/cli.js';
import type { PromptOptions } from '../terminal/prompt.js';
import { UsageError } from '../terminal/exit-code.js';
import { readText } from '../arguments/read-text.js';

export interface AuthLoginFlags {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  /** `false` for --no-check. */
  readonly check?: boolean;
}

/** Cap on the bytes of a password or registry name that is read from stdin. */
const MAX_INPUT = 64 * 1024;

/**
 * Stores credentials where docker and podman find them, and prints the location with the same text as crane. A person at a
 * terminal is asked for what is missing. The registry is asked first whether it accepts them.
 */
export async function authLogin(cli: Cli, registry: string, flags: AuthLoginFlags): Promise<void> {
  resourceOf(registry);
  if (flags.password !== undefined && flags.passwordStdin === true) {
    throw new UsageError('--password and --password-stdin cannot be used together');
  }
  if (flags.password !== undefined) {
    cli.warn('other users can see a password on the command line; --password-stdin hides it');
  }
  const asks = flags.password === undefined && flags.passwordStdin !== true;
  const username = flags.username ?? (asks ? await typed(cli, 'User name: ') : '');
  if (username.includes(':')) throw new UsageError('a user name cannot contain a colon');
  const password =
    flags.passwordStdin === true
      ? withoutNewline(await readInput(cli))
      : await passwordOf(cli, username, flags);
  if (username === '' || password === '') {
    const onlyTerminals = cli.prompter === undefined ? '; only a person at a terminal is asked for them' : '';
    throw new UsageError('user name and password are needed', `give -u and --password-stdin${onlyTerminals}`);
  }
  if (flags.check !== false) {
    const { checkLogin } = await import('./check-login.js');
    await checkLogin(cli, registry, { username, password });
  }
  const { env, signal } = cli.io;
  const { file, helper } = await login(registry, { username, password }, { env, signal });
  if (helper === undefined) cli.warn(`the password is stored unencrypted in ${file}`);
  cli.note(`logged in via ${helper === undefined ? file : `docker-credential-${helper}`}`);
}

export async function authLogout(cli: Cli, registry: string): Promise<void> {
  const { env, signal } = cli.io;
  const { files, remaining } = await logout(registry, { env, signal });
  for (const file of files) cli.note(`logged out via ${file}`);
  if (files.length === 0) cli.note(`was not logged in to ${registry}`);
  for (const credentials of remaining) {
    const { source, key } = credentials;
    cli.warn(`${source} still has credentials for ${key}; ${remedyFor(credentials)}`);
  }
}

function remedyFor({ source, key }: RemainingCredentials): string {
  return source === CONFIG_VARIABLE
    ? 'change or unset the variable'
    : `\`gantry auth logout ${key}\` removes them`;
}

/**
 * Prints credentials in the format of a docker credential helper, so that gantry can be used as one.
 *
 * @see https://github.com/docker/docker-credential-helpers
 */
export async function authGet(cli: Cli, named: string | undefined): Promise<void> {
  const { env, signal } = cli.io;
  const wanted = resourceOf((named ?? (await readInput(cli))).trim());
  const found = await resolveAuth(newDefaultKeychain({ env }), wanted, { signal });
  const { username = '', password = '', identityToken = '' } = await found.authorization({ signal });
  if (username === '' && password === '' && identityToken === '') {
    // Clients of credential helpers look for exactly this text on stdout.
    await cli.line('credentials not found in native keychain');
    const { NotFoundError } = await import('../../errors/service/not-found.js');
    throw new NotFoundError(`there are no credentials for ${wanted.name()}`, {
      hint: `\`gantry auth login ${wanted.name()}\` stores some`,
    });
  }
  const response =
    identityToken === ''
      ? { Username: username, Secret: password }
      : { Username: '<token>', Secret: identityToken };
  await cli.line(JSON.stringify(response));
}

async function passwordOf(cli: Cli, username: string, { password }: AuthLoginFlags): Promise<string> {
  if (password !== undefined) return password;
  return username === '' ? '' : typed(cli, 'Password: ', { secret: true });
}

/** What a person types; empty without a terminal, or if the person ends the input. */
async function typed({ prompter }: Cli, question: string, options?: PromptOptions): Promise<string> {
  return (await prompter?.ask(question, options)) ?? '';
}

async function readInput({ io }: Cli): Promise<string> {
  return readText(io.stdin, MAX_INPUT, io.signal);
}

/** Removes one line break from the end. It may be a newline, or a carriage return and a newline. */
function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

import { isJsonObject } from '../../internal/json/json-object.js';
import { AuthError } from '../../errors/service/auth.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { printable } from '../../internal/printable.js';
import type { Environment } from '../config/locations.js';
import { findProgram } from './find-program.js';
import type { Helper, HelperCredentials } from './helper.js';
import { type RunResult, runProgram } from './run-program.js';

export interface HelperProgramOptions {
  /** Variables of the helper, and where its PATH is taken from. @default process.env */
  readonly env?: Environment | undefined;
  /** Time for one answer; after that the helper and what it started are killed. @default 30 000 */
  readonly timeoutMs?: number | undefined;
  /** Cap on what the helper prints. @default 1 MiB */
  readonly maxBytes?: number | undefined;
}

/** A credential helper that can also be written to. */
export interface HelperProgram extends Helper {
  store(serverUrl: string, credentials: HelperCredentials, options?: AbortOptions): Promise<void>;
  /** Resolves to false if the helper says that it had nothing for the server. */
  erase(serverUrl: string, options?: AbortOptions): Promise<boolean>;
}

/** What helpers print, by the protocol, when they have nothing for a server. */
const NOT_FOUND = 'credentials not found in native keychain';

/**
 * The program `docker-credential-NAME` as a {@link Helper}.
 *
 * Nothing is started before it is asked; each question is one run of the program, without a shell. Every failure
 * but the protocol's own "credentials not found" is an {@link AuthError}.
 *
 * @throws {@link AuthError} at once for a name that is no plain file name.
 * @see https://github.com/docker/docker-credential-helpers#development
 */
export function helperFromProgram(name: string, options: HelperProgramOptions = {}): HelperProgram {
  return newHelperProgram(name, options);
}

/** @param configuredBy - the file that named the helper, for messages. */
export function newHelperProgram(
  name: string,
  options: HelperProgramOptions,
  configuredBy?: string,
): HelperProgram {
  const prefix = configuredBy === undefined ? '' : `${configuredBy}: `;
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name)) {
    throw new AuthError(
      `${prefix}${JSON.stringify(printable(name, 64))} cannot be the name of a credential helper`,
      {
        hint: 'name what follows docker-credential- in the name of the program',
      },
    );
  }
  const program = `docker-credential-${name}`;
  const settings = readOptions(options);

  const ask = async (
    action: string,
    serverUrl: string,
    input: string,
    abort: AbortOptions = {},
  ): Promise<ScriptedResponse> => {
    const subject = `${prefix}${program} ${action} ${printable(serverUrl)}`;
    checkServerUrl(serverUrl, subject);
    const env = settings.env ?? process.env;
    const file = await findProgram(program, env);
    if (file === undefined) {
      const remedy = configuredBy === undefined ? '' : `, or remove it from ${configuredBy}`;
      throw new AuthError(`${subject}: the program is not on PATH`, { hint: `install ${program}${remedy}` });
    }
    const run = runProgram(file, [action], input, { ...settings, env, signal: abort.signal });
    const result = await run.catch((cause: unknown): never => {
      abort.signal?.throwIfAborted();
      throw new AuthError(`${subject}: the program cannot be started`, { cause });
    });
    return { ...finished(result, subject, settings), subject };
  };

  return Object.freeze<HelperProgram>({
    get: async (serverUrl, abort) => {
      const response = await ask('get', serverUrl, serverUrl, abort);
      if (saysNotFound(response)) return undefined;
      if (response.exitCode !== 0) throw failure(response);
      const credentials = parseCredentials(response);
      // How some helpers say that they have nothing.
      return credentials.username === '' && credentials.secret === '' ? undefined : credentials;
    },
    store: async (serverUrl, { username, secret }, abort) => {
      const input = JSON.stringify({ ServerURL: serverUrl, Username: username, Secret: secret });
      const response = await ask('store', serverUrl, input, abort);
      if (response.exitCode !== 0) throw failure(response, secret);
    },
    erase: async (serverUrl, abort) => {
      const response = await ask('erase', serverUrl, serverUrl, abort);
      if (saysNotFound(response)) return false;
      if (response.exitCode !== 0) throw failure(response);
      return true;
    },
  });
}

type Exited = Extract<RunResult, { outcome: 'exited' }>;
type ScriptedResponse = Exited & { readonly subject: string };
type Limits = Readonly<Record<'timeoutMs' | 'maxBytes', number>>;

function readOptions(options: HelperProgramOptions): Limits & { readonly env: Environment | undefined } {
  const { env, timeoutMs = 30_000, maxBytes = 1024 * 1024 } = options;
  for (const [name, value] of Object.entries({ timeoutMs, maxBytes })) {
    if (!Number.isInteger(value) || value <= 0 || value > 0x7fff_ffff) {
      throw new TypeError(`${name} must be a positive integer below 2^31`);
    }
  }
  return { env, timeoutMs, maxBytes };
}

/** The protocol ends the server's name with the input, so a line break could only mean to smuggle something in. */
function checkServerUrl(serverUrl: string, subject: string): void {
  if (serverUrl === '' || /\p{Cc}/u.test(serverUrl)) {
    throw new AuthError(`${subject}: a server is named by text without control characters`);
  }
}

function finished(result: RunResult, subject: string, { timeoutMs, maxBytes }: Limits): Exited {
  switch (result.outcome) {
    case 'exited':
      return result;
    case 'timed out':
      throw new AuthError(`${subject}: no answer within ${timeoutMs} ms`, {
        hint: 'run the helper in a terminal: it may wait for a password or a window',
      });
    case 'too much output':
      throw new AuthError(`${subject}: the answer is too long`, {
        cause: new LimitExceededError('output of a credential helper in bytes', maxBytes, 'maxBytes'),
        hint: 'raise `maxBytes`, or `helperMaxBytes` of a keychain, if the helper is trusted',
      });
  }
}

function saysNotFound(response: ScriptedResponse): boolean {
  return (
    response.exitCode !== 0 &&
    [response.stdout, response.stderr].some((bytes) => lossy(bytes).trim() === NOT_FOUND)
  );
}

/** Helpers complain on standard output, by the protocol. What looks like credentials there is not repeated. */
function failure({ stdout, stderr, exitCode, subject }: ScriptedResponse, secret = ''): AuthError {
  const texts = [lossy(stdout), lossy(stderr)].filter((text) => !text.includes('{') && text.trim() !== '');
  const hidden = secret === '' ? texts : texts.map((text) => text.replaceAll(secret, '***'));
  const said = hidden.map((text) => `: ${printable(text)}`).join('');
  return new AuthError(`${subject}: exit status ${exitCode ?? 'unknown'}${said}`, {
    hint: 'run the helper in a terminal to see what is wrong',
  });
}

function lossy(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parseCredentials({ stdout, subject }: ScriptedResponse): HelperCredentials {
  let response: unknown;
  try {
    response = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(stdout));
  } catch {
    // The engine's error is dropped: it quotes the answer.
  }
  const { Username: username = '', Secret: secret = '' } = isJsonObject(response)
    ? response
    : { Secret: null };
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw new AuthError(`${subject}: the answer is not what the protocol asks for`, {
      hint: 'a helper prints {"ServerURL": ..., "Username": ..., "Secret": ...}',
    });
  }
  return { username, secret };
}

import { isJsonObject } from '../../internal/json/json-object.js';
import { AuthError } from '../../errors/service/auth.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { printable } from '../../internal/printable.js';
import type { Environment } from '../config/locations.js';
import { findProgram } from './find-program.js';
import type { Helper, HelperCredentials } from './helper.js';
import { type RunResult, runProgram } from './run-program.js';

/** The options of {@link helperFromProgram}. */
export interface HelperProgramOptions {
  /** Variables for the helper. Its PATH is also used to find the helper. @default process.env, read at each use */
  readonly env?: Environment | undefined;
  /** Longest time for one run. Then the helper, and all processes that it started, are killed. @default 30 000 */
  readonly timeoutMs?: number | undefined;
  /** Cap on the output of the helper. @default 1 MiB */
  readonly maxBytes?: number | undefined;
}

/** A credential helper that can also store and erase credentials. */
export interface HelperProgram extends Helper {
  /** Stores credentials for a server. They replace earlier ones. */
  store(serverUrl: string, credentials: HelperCredentials, options?: AbortOptions): Promise<void>;
  /** Erases the credentials of a server. Resolves to false if the helper had none. */
  erase(serverUrl: string, options?: AbortOptions): Promise<boolean>;
}

/** By the protocol, helpers print this if they have no credentials for a server. */
const NOT_FOUND = 'credentials not found in native keychain';

/**
 * The program `docker-credential-NAME` as a {@link Helper}.
 *
 * Each call of a method runs the program once, without a shell. A method rejects with an AuthError if the program fails;
 * the message "credentials not found" of the protocol is not a failure.
 *
 * @throws AuthError immediately if the name is not a plain file name.
 * @see https://github.com/docker/docker-credential-helpers#development
 */
export function helperFromProgram(name: string, options: HelperProgramOptions = {}): HelperProgram {
  return newHelperProgram(name, options);
}

/** @param configuredBy - the file that names the helper, for messages. */
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
        reason: 'helper',
        hint: 'give the part of the program name that follows docker-credential-',
      },
    );
  }
  const program = `docker-credential-${name}`;
  const settings = readOptions(options);

  const runHelper = async (
    action: string,
    serverUrl: string,
    input: string,
    abort: AbortOptions = {},
  ): Promise<HelperResponse> => {
    const subject = `${prefix}${program} ${action} ${printable(serverUrl)}`;
    checkServerUrl(serverUrl, subject);
    const env = settings.env ?? process.env;
    const file = await findProgram(program, env);
    if (file === undefined) {
      const remedy = configuredBy === undefined ? '' : `, or remove it from ${configuredBy}`;
      throw new AuthError(`${subject}: the program is not on PATH`, {
        reason: 'helper-missing',
        hint: `install ${program}${remedy}`,
      });
    }
    const run = runProgram(file, [action], input, { ...settings, env, signal: abort.signal });
    const result = await run.catch((cause: unknown): never => {
      abort.signal?.throwIfAborted();
      throw new AuthError(`${subject}: the program cannot be started`, { reason: 'helper', cause });
    });
    return { ...requireExit(result, subject, settings), subject };
  };

  return Object.freeze<HelperProgram>({
    get: async (serverUrl, abort) => {
      const response = await runHelper('get', serverUrl, serverUrl, abort);
      if (saysNotFound(response)) return undefined;
      if (response.exitCode !== 0) throw helperError(response);
      const credentials = parseCredentials(response);
      // Some helpers send empty credentials if they have none.
      return credentials.username === '' && credentials.secret === '' ? undefined : credentials;
    },
    store: async (serverUrl, { username, secret }, abort) => {
      const input = JSON.stringify({ ServerURL: serverUrl, Username: username, Secret: secret });
      const response = await runHelper('store', serverUrl, input, abort);
      if (response.exitCode !== 0) throw helperError(response, secret);
    },
    erase: async (serverUrl, abort) => {
      const response = await runHelper('erase', serverUrl, serverUrl, abort);
      if (saysNotFound(response)) return false;
      if (response.exitCode !== 0) throw helperError(response);
      return true;
    },
  });
}

type Exited = Extract<RunResult, { outcome: 'exited' }>;
type HelperResponse = Exited & { readonly subject: string };
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

/** The input of the program is the name of the server. A line break in it could only be an attempt to inject input. */
function checkServerUrl(serverUrl: string, subject: string): void {
  if (serverUrl === '' || /\p{Cc}/u.test(serverUrl)) {
    throw new AuthError(`${subject}: the name of a server cannot be empty or contain control characters`, {
      reason: 'helper',
    });
  }
}

/** @throws AuthError if the program was killed. */
function requireExit(result: RunResult, subject: string, { timeoutMs, maxBytes }: Limits): Exited {
  switch (result.outcome) {
    case 'exited':
      return result;
    case 'timed out':
      throw new AuthError(`${subject}: no response within ${timeoutMs} ms`, {
        reason: 'helper',
        hint: 'run the helper in a terminal: it may wait for a password or a window',
      });
    case 'too much output':
      throw new AuthError(`${subject}: the response is too long`, {
        cause: new LimitExceededError('output of a credential helper in bytes', maxBytes, 'maxBytes'),
        reason: 'helper',
        hint: 'raise `maxBytes`, or `helperMaxBytes` of a keychain, if the helper is trusted',
      });
  }
}

function saysNotFound(response: HelperResponse): boolean {
  return (
    response.exitCode !== 0 &&
    [response.stdout, response.stderr].some((bytes) => decodeLossy(bytes).trim() === NOT_FOUND)
  );
}

/** By the protocol, helpers print errors on standard output. Text that may contain credentials is not quoted. */
function helperError({ stdout, stderr, exitCode, subject }: HelperResponse, secret = ''): AuthError {
  const texts = [decodeLossy(stdout), decodeLossy(stderr)].filter(
    (text) => !text.includes('{') && text.trim() !== '',
  );
  const redacted = secret === '' ? texts : texts.map((text) => text.replaceAll(secret, '***'));
  const messages = redacted.map((text) => `: ${printable(text)}`).join('');
  return new AuthError(`${subject}: exit status ${exitCode ?? 'unknown'}${messages}`, {
    reason: 'helper',
    hint: 'run the helper in a terminal to see what is wrong',
  });
}

function decodeLossy(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parseCredentials({ stdout, subject }: HelperResponse): HelperCredentials {
  let response: unknown;
  try {
    response = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(stdout));
  } catch {
    // The error of JSON.parse is dropped, because it quotes the response.
  }
  const { Username: username = '', Secret: secret = '' } = isJsonObject(response)
    ? response
    : { Secret: null };
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw new AuthError(`${subject}: the response does not follow the protocol`, {
      reason: 'helper',
      hint: 'a helper prints {"ServerURL": ..., "Username": ..., "Secret": ...}',
    });
  }
  return { username, secret };
}

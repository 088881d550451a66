import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { run } from '../../../src/cli/run.js';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GantryOptions {
  readonly stdin?: string | Buffer | Readable;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
  /** Makes stdout and stderr terminals of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

/** Hides the credentials and settings of the machine from a test. */
const NO_CREDENTIALS = {
  HOME: '/nonexistent',
  DOCKER_CONFIG: '/nonexistent',
  CONTAINERS_REGISTRIES_CONF: '/dev/null',
  CI: 'true',
};

/** Runs gantry in this process, with replacements for the streams, variables and signals of a process. */
export async function gantry(
  args: readonly string[],
  options: GantryOptions = {},
): Promise<Outcome & { readonly writes: readonly string[] }> {
  const stdout: Buffer[] = [];
  const writes: string[] = [];
  const stderr = collect((chunk) => {
    writes.push(chunk.toString());
    options.onStderr?.(chunk.toString());
  });
  const data = collect((chunk) => {
    stdout.push(chunk);
    options.onStdout?.(chunk.toString());
  });
  const size = options.terminal;
  const code = await run(args, {
    stdin: stdinOf(options.stdin),
    stdout: size === undefined ? data : terminal(data, size),
    stderr: size === undefined ? stderr : terminal(stderr, size),
    env: options.env ?? NO_CREDENTIALS,
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: writes.join(''), writes };
}

function stdinOf(given: GantryOptions['stdin']): Readable {
  if (given instanceof Readable) return given;
  return Readable.from(given === undefined ? [] : [Buffer.from(given)]);
}

function collect(take: (chunk: Buffer) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(chunk);
      done();
    },
  });
}

/** The program that `npm run build` makes. */
export const gantryPath = resolve(import.meta.dirname, '../../../dist/cli/main.js');

/** Starts the built gantry in a separate process. */
export function startGantry(args: readonly string[], env: ProcessEnvironment = {}): ChildProcess {
  return start(process.execPath, [gantryPath, ...args], env);
}

/** Starts a bash script in which `"$NODE" "$GANTRY"` is the built gantry. With `mounts`, the script can mount. */
export function startGantryShell(script: string, env: ProcessEnvironment = {}, mounts = false): ChildProcess {
  const bash = ['bash', '-c', script];
  const [command = '', ...args] = mounts ? ['unshare', '-Urm', ...bash] : bash;
  return start(command, args, { NODE: process.execPath, GANTRY: gantryPath, ...env });
}

type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

function start(command: string, args: readonly string[], env: ProcessEnvironment): ChildProcess {
  if (!existsSync(gantryPath)) throw new Error(`${gantryPath} is missing: run \`npm run build\` first`);
  return spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...NO_CREDENTIALS, ...env },
  });
}

function terminal(stream: Writable, size: { readonly columns: number; readonly rows: number }): Writable {
  return Object.defineProperties(stream, {
    isTTY: { value: true },
    columns: { value: size.columns },
    rows: { value: size.rows },
  });
}

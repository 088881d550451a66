import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Loads TypeScript sources in a plain Node process. */
const LOADER = `
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
const { transformSync } = createRequire(${JSON.stringify(join(root, 'package.json'))})('@swc/core');
export async function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && specifier.endsWith('.js')) {
    const url = new URL(specifier.slice(0, -3) + '.ts', context.parentURL);
    if (existsSync(fileURLToPath(url))) return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
`;

export interface ProgramOptions {
  /** Limits the size of files that it may write, in blocks of the shell's `ulimit -f`. */
  readonly fileBlocks?: number;
  /** File for the log of its system calls; needs `strace`. */
  readonly trace?: string;
  /** The system calls that are logged. @default fsync,rename */
  readonly traced?: string;
}

/**
 * Runs a program in a separate process. It can import the sources of this project; `ROOT` stands for the root of the
 * project. For tests that need a second process, or one that is killed.
 */
export function startProgram(
  dir: string,
  program: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): ChildProcess {
  // Each start has its own files: a process that loads a file while another start writes
  // it again finds an empty file, and ends with 0.
  const files = mkdtempSync(join(dir, '.program-'));
  const loader = join(files, 'loader.mjs');
  const main = join(files, 'main.mjs');
  const register = `import { register } from 'node:module'; register(${JSON.stringify(`file://${loader}`)});`;
  writeFileSync(loader, LOADER);
  const { code } = transformSync(program.replaceAll('ROOT', `file://${root}`), {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  writeFileSync(main, code);
  const command = [
    ...(options.fileBlocks === undefined
      ? []
      : ['sh', '-c', `ulimit -f ${options.fileBlocks}; exec "$@"`, 'sh']),
    ...(options.trace === undefined
      ? []
      : ['strace', '-f', '-y', '-o', options.trace, '-e', `trace=${options.traced ?? 'fsync,rename'}`]),
    ...[process.execPath, '--import', `data:text/javascript,${encodeURIComponent(register)}`, main, ...args],
  ];
  return spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** What a program wrote, and how it ended. */
export async function outcomeOf(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, stdout, stderr };
}

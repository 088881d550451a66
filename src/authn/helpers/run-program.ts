import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type AbortOptions, orAborted, firstSignal } from '../../internal/async/abort.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import type { Environment } from '../config/locations.js';

export interface RunOptions extends AbortOptions {
  readonly env: Environment;
  readonly timeoutMs: number;
  /** Cap on standard output. */
  readonly maxBytes: number;
}

/** How a program ended. In the last two cases it was killed. */
export type RunResult =
  | {
      readonly outcome: 'exited';
      readonly exitCode: number | null;
      readonly stdout: Uint8Array;
      readonly stderr: Uint8Array;
    }
  | { readonly outcome: 'timed out' }
  | { readonly outcome: 'too much output' };

/** Only this much of standard error is kept. The rest is read, too, so that the program never blocks. */
const STDERR_BYTES = 8 * 1024;

/** How long output is read after the program has exited, if a process that it started still holds its output open. */
const LINGER_MS = 1000;

/**
 * Runs a program without a shell, writes `input` to its standard input and collects its output.
 *
 * The program has a process group of its own, which is killed on timeout, too much output, or abort. Rejects with the
 * system's error if the program cannot be started, and with the signal's reason on abort.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  input: string,
  options: RunOptions,
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const child = spawn(file, args, {
    env: { ...options.env },
    stdio: 'pipe',
    shell: false,
    windowsHide: true,
    detached: process.platform !== 'win32',
  });
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = firstSignal(options.signal, timeout);
  try {
    const result = await orAborted(communicate(child, input, options.maxBytes), signal);
    if (result.outcome !== 'exited') killTree(child);
    return result;
  } catch (error) {
    killTree(child);
    if (options.signal?.aborted !== true && timeout.aborted) return { outcome: 'timed out' };
    throw error;
  } finally {
    for (const stream of child.stdio) stream?.destroy();
    child.unref();
  }
}

async function communicate(
  child: ChildProcessWithoutNullStreams,
  input: string,
  maxBytes: number,
): Promise<RunResult> {
  const stdout = collectOutput(child.stdout, maxBytes, 'stop');
  const stderr = collectOutput(child.stderr, STDERR_BYTES, 'forget');
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  // A program may exit without having read its input, which makes the input stream fail.
  for (const stream of [child.stdin, child.stdout, child.stderr]) ignoreLateErrors(stream);
  child.stdin.end(input);

  const overflow = stdout.done.then(async () => (stdout.full() ? undefined : exited));
  await Promise.race([overflow, exited]);
  if (!stdout.full())
    await Promise.race([
      Promise.all([stdout.done, stderr.done]),
      delay(LINGER_MS, undefined, { ref: false }),
    ]);
  if (stdout.full()) return { outcome: 'too much output' };
  return { outcome: 'exited', exitCode: await exited, stdout: stdout.bytes(), stderr: stderr.bytes() };
}

interface CollectedOutput {
  /** Resolves when the stream has ended or failed. */
  readonly done: Promise<void>;
  /** Whether the output exceeds the cap. */
  full(): boolean;
  bytes(): Uint8Array;
}

function collectOutput(stream: Readable, maxBytes: number, whenFull: 'stop' | 'forget'): CollectedOutput {
  const chunks: Uint8Array[] = [];
  let total = 0;
  let full = false;
  const read = async (): Promise<void> => {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      const kept = chunk.subarray(0, maxBytes - total);
      full ||= kept.length < chunk.length;
      if (full && whenFull === 'stop') return;
      if (kept.length > 0) chunks.push(kept);
      total += kept.length;
    }
  };
  // A stream fails only when it is destroyed at the end of the run. The bytes up to then are complete.
  const done = read().catch(() => undefined);
  return { done, full: () => full, bytes: () => Buffer.concat(chunks, total) };
}

function killTree(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    const root = process.env.SystemRoot ?? 'C:\\Windows';
    const killer = spawn(`${root}\\System32\\taskkill.exe`, ['/pid', String(child.pid), '/t', '/f'], {
      stdio: 'ignore',
      windowsHide: true,
    });
    killer.once('error', () => child.kill('SIGKILL'));
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group does not exist any more.
    child.kill('SIGKILL');
  }
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 5 * 60_000;

/** Runs a command and resolves to its output. */
export async function run(command, args, cwd = process.cwd()) {
  // The flags of this process, such as those for Jest, must not reach the consumers.
  const env = { ...process.env, NODE_OPTIONS: '', CI: 'true' };
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    env,
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 ** 2,
  });
  return stdout;
}

/** Runs a program, which has to print that it reached its end. */
export async function expectExercised(command, args, cwd) {
  const output = await run(command, args, cwd);
  if (!output.includes('exercised')) throw new Error(`the program printed: ${output}`);
}

/**
 * Runs the consumers, two at a time, and prints the name of each and the output of those that fail.
 *
 * @param {readonly { name: string, use: () => Promise<void> }[]} consumers
 * @returns {Promise<number>} the number of failures
 */
export async function runAll(consumers) {
  const waiting = [...consumers];
  let failures = 0;
  const work = async () => {
    for (let consumer = waiting.shift(); consumer !== undefined; consumer = waiting.shift()) {
      const started = Date.now();
      try {
        await consumer.use();
        console.log(`passed  ${consumer.name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failures += 1;
        const output = [error.stdout, error.stderr].filter(Boolean).join('\n').trim();
        console.log(`FAILED  ${consumer.name}: ${error.message}\n${output}`);
      }
    }
  };
  await Promise.all([work(), work()]);
  return failures;
}

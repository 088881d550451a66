import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { outcomeOf } from '../programs/child.js';

const dist = path.resolve(import.meta.dirname, '../../../dist');

/** Writes the peak of memory of the process at its end. `resourceUsage` is not used: it starts with the value of the parent. */
const REPORT = `
process.on('exit', () => {
  const [, peak] = /^VmHWM:\\s+(\\d+) kB$/m.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'));
  require('node:fs').writeFileSync(process.env.PEAK_FILE, peak);
});`;

/** Arguments of Node for a program, which imports the library by the URL in the variable `LIBRARY`. */
export const program = (text: string, ...args: readonly string[]): readonly string[] => [
  '--input-type=module',
  '-e',
  text,
  ...args,
];

/** Arguments of Node for gantry. */
export const gantry = (...args: readonly string[]): readonly string[] => [
  path.join(dist, 'cli/main.js'),
  '--quiet',
  ...args,
];

/** Starts Node with the built library. Temporary files and configuration are in the directory. */
export function startNode(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  if (!existsSync(dist)) throw new Error('dist is missing: run `npm run build` first');
  const library = pathToFileURL(path.join(dist, 'index.js')).href;
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      TMPDIR: directory,
      LIBRARY: library,
      DOCKER_CONFIG: directory,
      ...env,
    },
  });
}

/** Runs Node to the end of a program. Returns its peak of memory, in MiB. */
export async function peakOf(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const report = path.join(directory, 'report.cjs');
  const peak = path.join(directory, 'peak');
  await writeFile(report, REPORT);
  await rm(peak, { force: true });
  const child = startNode(directory, ['-r', report, ...args], { PEAK_FILE: peak, ...env });
  const { code, stderr } = await outcomeOf(child);
  if (code !== 0 || stderr !== '') throw new Error(`ended with ${code}: ${stderr}`);
  return Number(await readFile(peak, 'utf8')) / 1024;
}

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { need } from './tools.mjs';

/**
 * Runs a command to its end and returns its wall time and CPU time in seconds, and its peak memory in MiB. GNU time
 * measures them, because Node does not report the resources of a child process.
 */
export async function measure([command, ...args], { dir, env = {} }) {
  const report = path.join(dir, 'time');
  const started = performance.now();
  const child = spawn(need('time'), ['-f', '%U %S %M', '-o', report, command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-2000)));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const wall = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}: ${errors}`);
  const [user, system, peak] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  rmSync(report);
  return { wall, cpu: user + system, peak: peak / 1024 };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The medians of several measurements, field by field. */
export function medians(samples) {
  return Object.fromEntries(
    Object.keys(samples[0]).map((field) => [field, median(samples.map((sample) => sample[field]))]),
  );
}

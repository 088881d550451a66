import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { outcomeOf, startProgram } from '../support/programs/child.js';

/** The reads of a file by a program. */
export interface ReadCalls {
  readonly calls: number;
  readonly bytes: number;
}

/** Whether `strace` is installed and works. */
export const countsReads = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Runs a program in a process of its own, and counts what it reads of one file. It is given the file's path. */
export async function readsOf(dir: string, program: string, file: string): Promise<ReadCalls> {
  const trace = path.join(dir, 'trace');
  const child = startProgram(dir, program, [file], { trace, traced: 'read,pread64,readv,preadv' });
  const { code, stderr } = await outcomeOf(child);
  if (code !== 0) throw new Error(`the program ended with ${code}: ${stderr}`);
  // A call may be logged in two lines; what it was of is in the first, what came of it in the second.
  const open = new Map<string, boolean>();
  let calls = 0;
  let bytes = 0;
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const ours = rest.startsWith('<...') ? open.get(thread) === true : rest.includes(`<${file}>`);
    if (!rest.startsWith('<...')) open.set(thread, ours);
    const [, count] = /= (\d+)$/.exec(rest) ?? [];
    if (!ours || count === undefined) continue;
    calls += 1;
    bytes += Number(count);
  }
  return { calls, bytes };
}

import { existsSync, readFileSync } from 'node:fs';

/** What this process has read, by the kernel's account. */
export interface ReadCalls {
  readonly calls: number;
  readonly bytes: number;
}

/** Whether the kernel keeps account. */
export const countsReads = existsSync('/proc/self/io');

/** What an action reads. Load what it needs before: modules count too. */
export async function readsOf(action: () => Promise<unknown>): Promise<ReadCalls> {
  const before = account();
  await action();
  const after = account();
  return { calls: after.calls - before.calls, bytes: after.bytes - before.bytes };
}

function account(): ReadCalls {
  const text = readFileSync('/proc/self/io', 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]);
  return { calls: field('syscr'), bytes: field('rchar') };
}

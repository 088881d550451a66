import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** The number of open descriptors of this process; 0 if the system does not report it. */
export function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

/** Resolves once a condition holds; gives up after a fixed number of turns of the event loop. */
export async function eventually(condition: () => boolean, turns = 20_000): Promise<boolean> {
  for (let turn = 0; turn < turns; turn += 1) {
    if (condition()) return true;
    await setImmediate();
  }
  return condition();
}

import { closest, Problem } from '../parts/problem.js';
import { commandOf } from './arguments.js';
import { parseFlags } from './flags.js';
import { checkMount } from './mount.js';
import type { Statement } from './statement.js';
import type { RunInstruction } from './types.js';

export function parseRun({ flags, rest, heredocs, base }: Statement): RunInstruction {
  const { mount, network, security } = parseFlags(flags, {
    mount: 'strings',
    network: 'string',
    security: 'string',
  });
  for (const text of mount) checkMount(text);
  return {
    kind: 'run',
    ...base,
    ...{ command: commandOf(rest), heredocs, mounts: mount },
    network: choice('network', network, ['default', 'none', 'host']),
    security: choice('security', security, ['sandbox', 'insecure']),
  };
}

function choice<const T extends string>(
  name: string,
  value: string | undefined,
  values: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = values.find((one) => one === value);
  if (found !== undefined) return found;
  const guess = closest(value, values);
  throw new Problem('flag', `--${name} cannot be ${JSON.stringify(value)}`, {
    hint: guess === undefined ? `it is one of ${values.join(', ')}` : `did you mean ${guess}?`,
  });
}

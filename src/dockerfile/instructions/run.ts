import { oneOf } from '../parts/problem.js';
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
    command: commandOf(rest),
    heredocs,
    mounts: mount,
    network: network === undefined ? undefined : oneOf('--network', network, ['default', 'none', 'host']),
    security: security === undefined ? undefined : oneOf('--security', security, ['sandbox', 'insecure']),
  };
}

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { BadNameError } from '../../errors/invalid/name.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';

/**
 * A text that was taken for a reference, though a file has this name: a name alone is always a reference, as with
 * crane. Undefined if what failed says nothing about that: a registry that answered knows the name, or has another
 * reason.
 */
export function intendedFile(reason: unknown, command: Command | undefined): string | undefined {
  if (command === undefined) return undefined;
  const candidates = referencesOf(command).filter((text) => PLAIN_NAME.test(text) && existsSync(text));
  if (reason instanceof BadNameError) return candidates.find((text) => text === reason.input);
  const isUnknownName =
    reason instanceof NotFoundError || (reason instanceof TransportError && reason.status === undefined);
  return isUnknownName ? candidates[0] : undefined;
}

/** No flag, no path and no notation. */
const PLAIN_NAME = /^(?![-./\\])[^:]*$/;

/** What a command takes for references, as opposed to files and to directories of layouts. */
function referencesOf(command: Command): readonly string[] {
  const {
    base,
    old_base: oldBase,
    new_base: newBase,
    remote,
    manifest,
  } = command.opts<Record<string, unknown>>();
  const flags = [base, oldBase, newBase, remote, manifest]
    .flat()
    .filter((value) => typeof value === 'string');
  return [...operandsOf(command), ...flags];
}

function operandsOf(command: Command): readonly string[] {
  const { args } = command;
  if (command.parent?.name() === 'layout') return [];
  switch (command.name()) {
    case 'push':
      return args.slice(1);
    case 'pull':
      return args.slice(0, -1);
    case 'export':
      return args.slice(0, 1);
    default:
      return args;
  }
}

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { BadNameError } from '../../errors/invalid/name.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';

/**
 * An argument that was read as a reference although a file has that name. As in crane, a name without a slash or prefix is
 * always a reference. Undefined if the error has another cause, such as a response of the registry that refuses the request.
 */
export function intendedFile(reason: unknown, command: Command | undefined): string | undefined {
  if (command === undefined) return undefined;
  const candidates = referencesOf(command).filter((text) => PLAIN_NAME.test(text) && existsSync(text));
  if (reason instanceof BadNameError) return candidates.find((text) => text === reason.input);
  const isUnknownName =
    reason instanceof NotFoundError || (reason instanceof TransportError && reason.status === undefined);
  return isUnknownName ? candidates[0] : undefined;
}

/** Text that is not a flag, a path or skopeo notation. */
const PLAIN_NAME = /^(?![-./\\])[^:]*$/;

/** The arguments of a command that it reads as references, and not as files or as directories of layouts. */
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
  // The last argument of `blob put` and `manifest put` is a file.
  if (command.name() === 'put') return args.slice(0, 1);
  switch (command.name()) {
    case 'build':
    case 'sync':
      return [];
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

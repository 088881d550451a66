import { CommanderError } from 'commander';
import { isContainerError } from '../../errors/base.js';
import { hintFor } from './hint.js';

/**
 * One line that says what failed and what the user can do.
 *
 * @param advice - replaces the hint of the error.
 */
export function describeError(error: unknown, advice?: string): string {
  const lines = `Error: ${textOf(error, advice)}`.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ');
}

function textOf(error: unknown, advice: string | undefined): string {
  if (!(error instanceof Error)) return String(error);
  // Messages of commander have a prefix and end with a full stop.
  if (error instanceof CommanderError)
    return error.message
      .trim()
      .replace(/^error: /, '')
      .replace(/\.$/, '');
  const hint = advice ?? (isContainerError(error) ? hintFor(error) : undefined);
  return hint === undefined ? error.message : `${error.message}; ${hint}`;
}

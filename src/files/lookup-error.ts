import { Suggestions } from '../dockerfile/check/suggestions.js';
import { NotFoundError } from '../errors/service/not-found.js';
import { childPlace, describe } from './view/place.js';
import type { Resolution } from './view/resolve.js';
import { namesIn } from './view/walk.js';

/** The error for a path that does not lead to a file. */
export function lookupError(
  path: string,
  result: Extract<Resolution, { kind: 'missing' | 'not-directory' | 'loop' }>,
): NotFoundError {
  if (result.kind === 'loop')
    return new NotFoundError(`${path}: it leads through too many symbolic links, probably in a circle`);
  const at = `/${result.parts.join('/')}`;
  if (result.kind === 'not-directory') return new NotFoundError(`${path}: ${at} is not a directory`);
  const name = result.parts.at(-1) ?? '';
  const names = namesIn(result.parent).filter((other) => isVisible(result, other));
  const near = new Suggestions().closest(name, names);
  const directory = result.parts.slice(0, -1).join('/');
  return new NotFoundError(at === path ? `${path}: not in the image` : `${path}: ${at} is not in the image`, {
    hint: near === undefined ? undefined : `did you mean ${directory === '' ? '' : `/${directory}`}/${near}?`,
  });
}

function isVisible({ parent }: Extract<Resolution, { parent: unknown }>, name: string): boolean {
  const { kind } = describe(childPlace(parent, name));
  return kind === 'file' || kind === 'directory';
}

import { BadNameError } from '../errors/invalid/name.js';
import { checkTag } from './grammar.js';
import { refuseMistakes, refuseUserInfo } from './mistakes.js';
import { DEFAULT_TAG, type NameOptions } from './options.js';
import type { Tag } from './reference.js';
import { tagValue } from './reference-value.js';
import { parseRepositoryPart } from './repository.js';
import { refuseIf } from './repository-value.js';

/**
 * Parses `[registry/]path[:tag]`. The tag is the text after the last colon, unless that text contains a slash.
 *
 * @throws BadNameError if a part is invalid; the message says which.
 */
export function newTag(name: string, options: NameOptions = {}): Tag {
  refuseMistakes(name);
  const at = name.indexOf('@');
  if (at !== -1) {
    refuseUserInfo(name, name.slice(at + 1));
    throw new BadNameError(
      name,
      'it contains an @, which cannot be part of a tag',
      'parse references to digests with newDigest',
    );
  }
  const { base, tag } = splitTag(name);
  const { strict = false, defaultTag = DEFAULT_TAG } = options;
  if (tag === undefined && strict) {
    throw new BadNameError(
      name,
      'it names no tag, which strict validation requires',
      `end it with :${DEFAULT_TAG}`,
    );
  }
  refuseIf(checkTag(tag ?? defaultTag), name);
  return tagValue(parseRepositoryPart(base, name, options), tag ?? defaultTag, name);
}

/** Splits off the tag. A colon before a slash belongs to a port. */
export function splitTag(text: string): { readonly base: string; readonly tag: string | undefined } {
  const colon = text.lastIndexOf(':');
  if (colon === -1 || text.includes('/', colon)) return { base: text, tag: undefined };
  return { base: text.slice(0, colon), tag: text.slice(colon + 1) };
}

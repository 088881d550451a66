import { newDigest } from './digest.js';
import type { NameOptions } from './options.js';
import type { Reference } from './reference.js';
import { newTag } from './tag.js';

/**
 * Parses a reference: to a digest if it has one, else to a tag.
 *
 * @throws {@link BadNameError} that says which part is wrong.
 */
export function parseReference(text: string, options: NameOptions = {}): Reference {
  return text.includes('@') ? newDigest(text, options) : newTag(text, options);
}

/**
 * Parses a reference that stands in the program's text, where a failure is a mistake of the programmer
 * that nobody catches. Otherwise the same as {@link parseReference}.
 *
 * @throws {@link BadNameError} that says which part is wrong.
 */
export function mustParseReference(constant: string, options: NameOptions = {}): Reference {
  return parseReference(constant, options);
}

import { newDigest } from './digest.js';
import { assertName } from './mistakes.js';
import type { NameOptions } from './options.js';
import type { Reference } from './reference.js';
import { newTag } from './tag.js';

/**
 * Parses a reference. The result is a digest if the text contains an `@`, and otherwise a tag.
 *
 * @throws BadNameError if a part is invalid; the message says which.
 */
export function parseReference(text: string, options: NameOptions = {}): Reference {
  assertName(text);
  return text.includes('@') ? newDigest(text, options) : newTag(text, options);
}

/**
 * Does the same as {@link parseReference}. The name, which go-containerregistry has too, says that the text is a constant
 * of the program, so that a failure is a mistake of the programmer.
 *
 * @throws BadNameError if a part is invalid; the message says which.
 */
export function mustParseReference(constant: string, options: NameOptions = {}): Reference {
  return parseReference(constant, options);
}

import { BadNameError } from '../errors/invalid/name.js';
import { checkDigest, checkTag } from './grammar.js';
import { refuseMistakes, refuseUserInfo } from './mistakes.js';
import type { NameOptions } from './options.js';
import type { Digest } from './reference.js';
import { digestValue } from './reference-value.js';
import { parseRepositoryPart } from './repository.js';
import { refuseIf } from './repository-value.js';
import { splitTag } from './tag.js';

/**
 * Parses `[registry/]path[:tag]@digest`. The digest names the manifest; a tag is checked, and only `toString()` returns it.
 *
 * @throws BadNameError if a part is invalid or missing; the message says which.
 */
export function newDigest(name: string, options: NameOptions = {}): Digest {
  refuseMistakes(name);
  const at = name.indexOf('@');
  if (at === -1)
    throw new BadNameError(name, 'it names no digest', 'end it with @sha256: and 64 hexadecimal characters');
  const digest = name.slice(at + 1);
  refuseUserInfo(name, digest);
  refuseIf(checkDigest(digest), name);
  const { base, tag } = splitTag(name.slice(0, at));
  if (tag !== undefined) refuseIf(checkTag(tag), name);
  return digestValue(parseRepositoryPart(base, name, options), digest, name);
}

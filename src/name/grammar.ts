import { parseDigest } from '../internal/digest.js';

/** Why a part of a name is refused. */
export interface Refusal {
  readonly reason: string;
  readonly hint?: string | undefined;
}

// Each check walks its text once and never backtracks.
// https://github.com/distribution/reference/blob/v0.6.0/reference.go#L4-L35

/** Path components of lower-case letters and digits, separated within by `.`, `_`, `__` or any number of `-`. */
export function checkRepositoryPath(path: string): Refusal | undefined {
  if (path === '') return { reason: 'the repository is empty' };
  if (path.length > 255) return { reason: 'the repository is longer than 255 characters' };
  /** The separator being read; `/` where a component has to start. */
  let separator = '/';
  for (const character of path) {
    if (isLowerAlphanumeric(character)) {
      if (!canFollow(separator))
        return { reason: `the repository contains ${JSON.stringify(separator)}`, hint: SEPARATORS };
      separator = '';
    } else if ('._-'.includes(character)) {
      if (separator === '/')
        return { reason: 'a component of the repository starts with a separator', hint: SEPARATORS };
      separator += character;
    } else if (character === '/') {
      if (separator === '/')
        return { reason: 'a component of the repository is empty', hint: 'remove the extra slash' };
      if (separator !== '') return endsWithSeparator;
      separator = '/';
    } else {
      return badCharacter('the repository', character);
    }
  }
  if (separator === '/')
    return { reason: 'a component of the repository is empty', hint: 'remove the extra slash' };
  return separator === '' ? undefined : endsWithSeparator;
}

const SEPARATORS = 'components are lower-case letters and digits, separated by one of . _ __ or by dashes';
const endsWithSeparator: Refusal = {
  reason: 'a component of the repository ends with a separator',
  hint: SEPARATORS,
};

function canFollow(separator: string): boolean {
  if (separator === '' || separator === '/' || separator === '.') return true;
  return separator === '_' || separator === '__' || isDashes(separator);
}

function isDashes(separator: string): boolean {
  for (const character of separator) if (character !== '-') return false;
  return true;
}

/** A letter, digit or underscore, then up to 127 of these, dots and dashes. */
export function checkTag(tag: string): Refusal | undefined {
  if (tag === '')
    return { reason: 'the tag is empty', hint: 'write a tag after the colon, or leave the colon out' };
  if (tag.length > 128) return { reason: 'the tag is longer than 128 characters' };
  if (tag.startsWith('.') || tag.startsWith('-')) return { reason: 'the tag starts with a dot or a dash' };
  for (const character of tag) {
    if (!isAlphanumeric(character) && !'._-'.includes(character)) return badCharacter('the tag', character);
  }
  return undefined;
}

/** `sha256:` or `sha512:` and lower-case hex of exact length. */
export function checkDigest(digest: string): Refusal | undefined {
  if (parseDigest(digest) !== undefined) return undefined;
  if (digest === '')
    return { reason: 'the digest is empty', hint: 'write a digest after the @, or leave the @ out' };
  const hint = 'a digest is sha256: with 64, or sha512: with 128, lower-case hexadecimal characters';
  const isSupported = digest.startsWith('sha256:') || digest.startsWith('sha512:');
  if (!isSupported) return { reason: 'the digest has an unsupported algorithm', hint };
  return {
    reason: `the digest is not ${digest.startsWith('sha256:') ? 64 : 128} lower-case hexadecimal characters`,
    hint,
  };
}

/** Says which character is wrong, by its number if it cannot be seen or may look like another. */
export function badCharacter(part: string, character: string): Refusal {
  if (isUpper(character)) {
    return { reason: `${part} contains the upper-case letter ${character}`, hint: 'write it in lower case' };
  }
  const code = character.codePointAt(0) ?? 0;
  const isVisible = code > 0x20 && code < 0x7f;
  const shown = isVisible
    ? `the character ${character}`
    : `the character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return { reason: `${part} contains ${shown}` };
}

const isDigit = (character: string): boolean => character >= '0' && character <= '9';
const isLower = (character: string): boolean => character >= 'a' && character <= 'z';
const isUpper = (character: string): boolean => character >= 'A' && character <= 'Z';
const isLowerAlphanumeric = (character: string): boolean =>
  character.length === 1 && (isLower(character) || isDigit(character));
/** ASCII letters and digits. */
export const isAlphanumeric = (character: string): boolean =>
  isLowerAlphanumeric(character) || (character.length === 1 && isUpper(character));

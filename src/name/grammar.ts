import { parseDigest } from '../internal/streams/digest.js';

/** Why a part of a name is refused. */
export interface Refusal {
  readonly reason: string;
  readonly hint?: string | undefined;
}

// Each check walks its text once and never backtracks.
// https://github.com/distribution/reference/blob/v0.6.0/reference.go#L4-L35

/** Checks path components: lower-case letters and digits, separated by `.`, `_`, `__` or any number of `-`. */
export function checkRepositoryPath(path: string): Refusal | undefined {
  if (path === '') return { reason: 'the repository is empty' };
  if (path.length > 255) return { reason: 'the repository is longer than 255 characters' };
  for (const component of path.split('/')) {
    const refusal = checkComponent(component);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function checkComponent(component: string): Refusal | undefined {
  if (component === '') return EMPTY_COMPONENT;
  if (isSeparator(component.charAt(0)) || isSeparator(component.slice(-1))) return SEPARATOR_AT_EDGE;
  /** The separators since the last letter or digit. */
  let separator = '';
  for (const character of component) {
    if (isSeparator(character)) separator += character;
    else if (!isLowerAlphanumeric(character)) return badCharacter('the repository', character);
    else if (isSeparatorRun(separator)) separator = '';
    else return { reason: `the repository contains ${separator}`, hint: SEPARATORS };
  }
  return undefined;
}

const SEPARATORS = 'components are lower-case letters and digits, separated by one of . _ __ or by dashes';
const EMPTY_COMPONENT: Refusal = {
  reason: 'a component of the repository is empty',
  hint: 'remove the extra slash',
};
const SEPARATOR_AT_EDGE: Refusal = {
  reason: 'a component of the repository starts or ends with a separator',
  hint: SEPARATORS,
};

const isSeparator = (character: string): boolean =>
  character === '.' || character === '_' || character === '-';

function isSeparatorRun(text: string): boolean {
  return ['', '.', '_', '__'].includes(text) || /^-+$/.test(text);
}

/** Checks a tag: a letter, digit or underscore, then up to 127 letters, digits, underscores, dots and dashes. */
export function checkTag(tag: string): Refusal | undefined {
  if (tag === '') return EMPTY_TAG;
  if (tag.length > 128) return { reason: 'the tag is longer than 128 characters' };
  if (tag.startsWith('.') || tag.startsWith('-')) return { reason: 'the tag starts with a dot or a dash' };
  for (const character of tag) {
    if (!isAlphanumeric(character) && !isSeparator(character)) return badCharacter('the tag', character);
  }
  return undefined;
}

const EMPTY_TAG: Refusal = {
  reason: 'the tag is empty',
  hint: 'write a tag after the colon, or leave the colon out',
};

/** Checks a digest: `sha256:` or `sha512:` and lower-case hex of exact length. */
export function checkDigest(digest: string): Refusal | undefined {
  if (parseDigest(digest) !== undefined) return undefined;
  return { reason: digestRefusalReason(digest), hint: DIGEST };
}

const DIGEST = 'a digest is sha256: with 64, or sha512: with 128, lower-case hexadecimal characters';

function digestRefusalReason(digest: string): string {
  if (digest === '') return 'the digest is empty';
  if (digest.startsWith('sha256:')) return 'the digest is not 64 lower-case hexadecimal characters';
  if (digest.startsWith('sha512:')) return 'the digest is not 128 lower-case hexadecimal characters';
  return 'the digest has an unsupported algorithm';
}

/** Names the invalid character, by its code point if it is invisible or may look like another character. */
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
/** Whether the character is an ASCII letter or digit. */
export const isAlphanumeric = (character: string): boolean =>
  isLowerAlphanumeric(character) || (character.length === 1 && isUpper(character));

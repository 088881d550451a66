import { oneOf, Problem, suggestion } from '../parts/problem.js';
import type { Mount } from './types.js';

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const SHARING = ['shared', 'private', 'locked'] as const;
const KEYS = [
  ...['type', 'from', 'source', 'src', 'target', 'dst', 'destination', 'readonly', 'ro', 'readwrite', 'rw'],
  ...['id', 'sharing', 'required', 'size', 'mode', 'uid', 'gid', 'env'],
];

interface Draft {
  type: Mount['type'];
  from?: string;
  source?: string;
  target?: string;
  readonly?: boolean;
  id?: string;
  sharing?: (typeof SHARING)[number];
  required: boolean;
  size?: number;
  mode?: number;
  uid?: number;
  gid?: number;
  env?: string;
}

/**
 * Reads the value of `--mount`, such as `type=cache,target=/root/.cache,sharing=locked`, and expands the values of its
 * keys. The type must come before keys that not all types have, as in BuildKit.
 *
 * @throws Problem for a key or value that is unknown, or does not fit the type of the mount
 */
export function parseMount(text: string, expandValue: (value: string) => string): Mount {
  const draft: Draft = { type: 'bind', required: false };
  for (const field of splitFields(text)) {
    const equals = field.indexOf('=');
    const key = field.slice(0, equals < 0 ? undefined : equals).toLowerCase();
    if (equals < 0) setSwitch(draft, key, field);
    else setValue(draft, key, expandValue(field.slice(equals + 1)), field);
  }
  assertFits(draft);
  const writable = draft.type === 'cache' || draft.type === 'tmpfs';
  return { ...draft, readonly: draft.readonly ?? !writable };
}

/**
 * Checks that the key `from` has no variables. The other keys can be checked only after their variables are expanded.
 *
 * @throws Problem for a variable in `from`
 */
export function checkMount(text: string): void {
  for (const field of splitFields(text)) {
    const [, value] = /^from=(.*)$/is.exec(field) ?? [];
    const at = value?.indexOf('$') ?? -1;
    if (value === undefined || at < 0 || at === value.length - 1) continue;
    throw new Problem('flag', 'variables in the key from of a mount are not expanded', {
      hint: 'give the image a name: FROM IMAGE AS NAME, and from=NAME',
    });
  }
}

/** Splits at commas, except those between double quotes, as in CSV. */
function splitFields(text: string): readonly string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      if (quoted && text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = !quoted;
    } else if (character === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else field += character;
  }
  if (quoted) throw new Problem('flag', 'the double quote in the mount is not closed');
  return [...fields, field];
}

/** Sets a key that is given without a value. */
function setSwitch(draft: Draft, key: string, field: string): void {
  if (key === 'readonly' || key === 'ro') draft.readonly = true;
  else if (key === 'readwrite' || key === 'rw') draft.readonly = false;
  else if (key === 'required') setRequired(draft, true);
  else {
    throw new Problem('flag', `the field ${JSON.stringify(field)} of the mount has no value`, {
      hint: 'the fields are KEY=VALUE, separated by commas',
    });
  }
}

function setValue(draft: Draft, key: string, value: string, field: string): void {
  switch (key) {
    case 'type':
      draft.type = oneOf('the type of the mount', value.toLowerCase(), TYPES);
      return;
    case 'from':
    case 'id':
    case 'env':
      draft[key] = value;
      return;
    case 'source':
    case 'src':
      draft.source = value;
      return;
    case 'target':
    case 'dst':
    case 'destination':
      draft.target = value;
      return;
    case 'readonly':
    case 'ro':
      draft.readonly = booleanOf(key, value);
      return;
    case 'readwrite':
    case 'rw':
      draft.readonly = !booleanOf(key, value);
      return;
    case 'required':
      setRequired(draft, booleanOf(key, value));
      return;
    case 'sharing':
      draft.sharing = oneOf('sharing of the mount', value.toLowerCase(), SHARING);
      return;
    case 'size':
      if (draft.type !== 'tmpfs') throw unexpected(key, draft.type);
      draft.size = bytesOf(value);
      return;
    case 'mode':
      draft.mode = integerOf(key, value, 8);
      return;
    case 'uid':
    case 'gid':
      draft[key] = integerOf(key, value, 10);
      return;
    default:
      throw new Problem(
        'flag',
        `the key ${JSON.stringify(key)} in ${JSON.stringify(field)} of the mount is unknown`,
        { hint: suggestion(key, KEYS, `the keys are ${KEYS.join(', ')}`) },
      );
  }
}

function setRequired(draft: Draft, required: boolean): void {
  if (draft.type !== 'secret' && draft.type !== 'ssh') throw unexpected('required', draft.type);
  draft.required = required;
}

function unexpected(key: string, type: string): Problem {
  return new Problem('flag', `a mount of type ${type} has no key ${key}`, {
    hint: 'the type must come first, as in type=secret,required',
  });
}

function assertFits(draft: Draft): void {
  const { type, source, target, id } = draft;
  if (type === 'bind' || type === 'tmpfs') {
    for (const key of ['mode', 'uid', 'gid'] as const)
      if (draft[key] !== undefined) throw unexpected(key, type);
  }
  if (draft.sharing !== undefined && type !== 'cache') throw unexpected('sharing', type);
  if (type !== 'secret') return;
  if (draft.from !== undefined && draft.from !== '') throw unexpected('from', type);
  if ([source, target, id].every((value) => value === undefined || value === '')) {
    throw new Problem('flag', 'a mount of type secret needs an id, a source or a target');
  }
  if (source !== undefined && source !== '' && id !== undefined && id !== '') {
    throw new Problem('flag', 'a mount of type secret has an id or a source, not both');
  }
}

/** Accepts the same texts as Go's `strconv.ParseBool`. */
function booleanOf(key: string, value: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw new Problem('flag', `${key} of the mount is true or false, not ${JSON.stringify(value)}`);
}

function integerOf(key: string, value: string, radix: 8 | 10): number {
  const number = (radix === 8 ? /^[0-7]{1,11}$/ : /^\d{1,10}$/).test(value)
    ? parseInt(value, radix)
    : Infinity;
  if (number < 2 ** 32) return number;
  throw new Problem(
    'flag',
    `${key} of the mount is not ${radix === 8 ? 'an octal' : 'a decimal'} number: ${JSON.stringify(value)}`,
  );
}

/** Reads a size such as `64m`. Units are powers of 1024, with or without a final `b` or `ib`. */
function bytesOf(value: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,9})?) ?([kmgtp]?)i?b?$/i.exec(value) ?? [];
  if (digits === '')
    throw new Problem('flag', `the size ${JSON.stringify(value)} of the mount is invalid`, {
      hint: 'such as size=64m',
    });
  return Math.floor(Number(digits) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}

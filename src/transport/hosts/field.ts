import type { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { printable } from '../../internal/printable.js';

/** The keys and indexes that lead to a value. */
export type FieldPath = readonly (string | number)[];

/** A value within a settings file, and its path. */
export interface Field {
  readonly value: unknown;
  readonly path: FieldPath;
  /** Creates the error for a mistake at a path. */
  readonly fail: (path: FieldPath, reason: string) => SettingsInvalidError;
}

const fieldError = (field: Field, reason: string): SettingsInvalidError => field.fail(field.path, reason);

const fieldBelow = (field: Field, key: string | number, value: unknown): Field => ({
  ...field,
  value,
  path: [...field.path, key],
});

/** The members of an object. If `known` is given, any other member is a mistake. */
export function membersOf(field: Field, known?: readonly string[]): ReadonlyMap<string, Field> {
  const { value } = field;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fieldError(field, 'must be an object');
  }
  const members = Object.entries(value).map(
    ([key, member]) => [key, fieldBelow(field, key, member as unknown)] as const,
  );
  for (const [key, member] of members) {
    if (known !== undefined && !known.includes(key)) {
      throw fieldError(member, `is unknown; known members are ${known.join(', ')}`);
    }
  }
  return new Map(members);
}

export function elementsOf(field: Field): readonly Field[] {
  if (!Array.isArray(field.value)) throw fieldError(field, 'must be a list');
  return field.value.map((value: unknown, index) => fieldBelow(field, index, value));
}

export function stringOf(field: Field): string {
  if (typeof field.value !== 'string') throw fieldError(field, 'must be a string');
  return field.value;
}

export function booleanOf(field: Field): boolean {
  if (typeof field.value !== 'boolean') throw fieldError(field, 'must be true or false');
  return field.value;
}

export function numberOf(field: Field): number {
  if (typeof field.value !== 'number') throw fieldError(field, 'must be a number');
  return field.value;
}

/** Reads a member; undefined if it is missing. */
export function optional<T>(
  members: ReadonlyMap<string, Field>,
  name: string,
  read: (field: Field) => T,
): T | undefined {
  const field = members.get(name);
  return field === undefined ? undefined : read(field);
}

/** A path in the notation of JavaScript: `registries["docker.io"].mirrors[0]`. */
export function pathText(path: FieldPath): string {
  const text = path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      return /^[a-z][\w-]*$/i.test(part) ? `.${part}` : `[${JSON.stringify(printable(part, 120))}]`;
    })
    .join('');
  return text.replace(/^\./, '');
}

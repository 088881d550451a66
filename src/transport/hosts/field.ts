import type { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { printable } from '../../internal/printable.js';

export type FieldPath = readonly (string | number)[];

/** A value within a settings file, and where it is. */
export interface Field {
  readonly value: unknown;
  readonly path: FieldPath;
  /** Makes the error for something wrong there. */
  readonly fail: (path: FieldPath, reason: string) => SettingsInvalidError;
}

const wrong = (field: Field, reason: string): SettingsInvalidError => field.fail(field.path, reason);

const within = (field: Field, key: string | number, value: unknown): Field => ({
  ...field,
  value,
  path: [...field.path, key],
});

/** The members of an object, none of which is null. With `known`, any other one is a mistake. */
export function membersOf(field: Field, known?: readonly string[]): ReadonlyMap<string, Field> {
  const { value } = field;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(field, 'must be an object');
  }
  const members = Object.entries(value).map(
    ([key, member]) => [key, within(field, key, member as unknown)] as const,
  );
  for (const [key, member] of members) {
    if (known !== undefined && !known.includes(key)) {
      throw wrong(member, `is unknown; known are ${known.join(', ')}`);
    }
  }
  return new Map(members);
}

export function elementsOf(field: Field): readonly Field[] {
  if (!Array.isArray(field.value)) throw wrong(field, 'must be a list');
  return field.value.map((value: unknown, index) => within(field, index, value));
}

export function textOf(field: Field): string {
  if (typeof field.value !== 'string') throw wrong(field, 'must be a string');
  return field.value;
}

export function flagOf(field: Field): boolean {
  if (typeof field.value !== 'boolean') throw wrong(field, 'must be true or false');
  return field.value;
}

export function numberOf(field: Field): number {
  if (typeof field.value !== 'number') throw wrong(field, 'must be a number');
  return field.value;
}

/** Reads a member that may be missing. */
export function optional<T>(
  members: ReadonlyMap<string, Field>,
  name: string,
  read: (field: Field) => T,
): T | undefined {
  const field = members.get(name);
  return field === undefined ? undefined : read(field);
}

/** A path as it would be written in JavaScript: `registries["docker.io"].mirrors[0]`. */
export function pathText(path: FieldPath): string {
  const text = path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      return /^[a-z][\w-]*$/i.test(part) ? `.${part}` : `[${JSON.stringify(printable(part, 120))}]`;
    })
    .join('');
  return text.replace(/^\./, '');
}

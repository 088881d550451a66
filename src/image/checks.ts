import { wrongArgument } from '../internal/arguments.js';

/** A text that is not empty and has no null character, which no system takes in a name or an argument. */
export function textOf(value: unknown, name: string, wanted: string): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw wrongArgument(name, value, wanted);
}

/** A list of words, which may be empty texts. */
export function wordsOf(value: unknown, name: string): readonly string[] {
  if (typeof value === 'string') {
    const words = JSON.stringify(value.split(' ').filter((word) => word !== ''));
    throw new TypeError(
      `\`${name}\` must be a list of words, such as ${words}; it is a text. ` +
        'For a shell, write ["/bin/sh", "-c", TEXT]',
    );
  }
  return listOf(value, name, 'words, such as ["node", "index.js"]').map((word, at) => {
    if (typeof word === 'string' && !word.includes('\0')) return word;
    throw wrongArgument(`${name}[${at}]`, word, 'a text');
  });
}

export function listOf(value: unknown, name: string, items: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongArgument(name, value, `a list of ${items}`);
}

/** An object whose members are texts. */
export function textsOf(value: unknown, name: string): Readonly<Record<string, string>> {
  if (!isPlainObject(value)) throw wrongArgument(name, value, 'an object whose members are texts');
  for (const [key, text] of Object.entries(value)) {
    if (key === '') throw new TypeError(`\`${name}\` has a member whose name is empty`);
    if (typeof text !== 'string') throw wrongArgument(`${name}[${JSON.stringify(key)}]`, text, 'a text');
  }
  return value as Readonly<Record<string, string>>;
}

/** An object that was written as a literal, and is not an instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm, such as a test runner's, has another Object.prototype, which has no prototype either.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function oneOfOrUndefined(value: unknown, name: string, type: 'boolean'): boolean | undefined {
  if (value === undefined || typeof value === type) return value as boolean | undefined;
  throw wrongArgument(name, value, `a ${type}`);
}

export function dateOf(value: unknown, name: string): Date {
  // Not `instanceof`, because a date may come from another realm.
  if (Object.prototype.toString.call(value) === '[object Date]') {
    const date = value as Date;
    if (!Number.isNaN(date.getTime()) && date.getUTCFullYear() >= 0 && date.getUTCFullYear() <= 9999)
      return date;
  }
  throw wrongArgument(name, value, 'a valid Date');
}

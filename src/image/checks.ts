import { inspect } from 'node:util';

/** The error for an argument that has the wrong shape. */
export function wrongArgument(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`\`${name}\` must be ${wanted}; it is ${shown(value)}`);
}

function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxArrayLength: 3, maxStringLength: 60 });
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** A text that is not empty and has no null character, which no system takes in a name or an argument. */
export function textOf(value: unknown, name: string, wanted: string): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw wrongArgument(name, wanted, value);
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
    throw wrongArgument(`${name}[${at}]`, 'a text', word);
  });
}

export function listOf(value: unknown, name: string, items: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongArgument(name, `a list of ${items}`, value);
}

/** An object whose members are texts. */
export function textsOf(value: unknown, name: string): Readonly<Record<string, string>> {
  if (!isPlainObject(value)) throw wrongArgument(name, 'an object whose members are texts', value);
  for (const [key, text] of Object.entries(value)) {
    if (key === '') throw new TypeError(`\`${name}\` has a member whose name is empty`);
    if (typeof text !== 'string') throw wrongArgument(`${name}[${JSON.stringify(key)}]`, 'a text', text);
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
  throw wrongArgument(name, `a ${type}`, value);
}

export function dateOf(value: unknown, name: string): Date {
  // Not `instanceof`, because a date may come from another realm.
  if (Object.prototype.toString.call(value) === '[object Date]') {
    const date = value as Date;
    if (!Number.isNaN(date.getTime()) && date.getUTCFullYear() >= 0 && date.getUTCFullYear() <= 9999)
      return date;
  }
  throw wrongArgument(name, 'a valid Date', value);
}

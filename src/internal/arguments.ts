/*
 * Checks of arguments. A program in JavaScript gets a TypeError that names the argument, instead of a failure deep in the
 * package.
 */

/** What a value is, for the message of a TypeError; never the value itself, which may be a secret. */
export function describeType(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return 'then' in value && typeof value.then === 'function'
    ? 'a Promise, so `await` is missing'
    : 'an object';
}

/** @throws TypeError if a value is not text. */
export function assertText(name: string, value: unknown, wanted: string): asserts value is string {
  if (typeof value !== 'string') throw wrongArgument(name, value, wanted);
}

/**
 * Checks that a value is an object with these methods.
 *
 * @throws TypeError if it is not.
 */
export function assertMethods(
  name: string,
  value: unknown,
  methods: readonly string[],
  wanted: string,
): void {
  if (typeof value === 'object' && value !== null) {
    const members = value as Readonly<Record<string, unknown>>;
    if (methods.every((method) => typeof members[method] === 'function')) return;
  }
  throw wrongArgument(name, value, wanted);
}

/**
 * Checks the last argument of a function.
 *
 * @throws TypeError if it is not an object: a callback, a flag or `null`.
 */
export function assertOptions(
  value: unknown,
  name = 'options',
  wanted = 'an object with options',
): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !('then' in value)) return;
  throw wrongArgument(name, value, wanted);
}

export function wrongArgument(name: string, value: unknown, wanted: string): TypeError {
  return new TypeError(`\`${name}\` must be ${wanted}; it is ${describeType(value)}`);
}

import { readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import * as errors from '../../src/errors/index.js';

const classes = Object.values(errors).filter(
  (value): value is typeof errors.ContainerError =>
    typeof value === 'function' && value.prototype instanceof errors.ContainerError,
);

describe('errors', () => {
  it('have a code, a hint and the cause', () => {
    const cause = new Error('inner');
    const error = new errors.NotFoundError('no such layer', { cause, hint: 'look elsewhere' });
    expect(error).toMatchObject({
      code: 'NOT_FOUND',
      message: 'no such layer',
      hint: 'look elsewhere',
      cause,
    });
    expect(error.name).toBe('NotFoundError');
  });

  it('V1: have messages and hints that are safe on a terminal, whatever they quote', () => {
    for (const character of [
      '\u001b',
      '\u0000',
      '\u007f',
      '\u009b',
      '\u061c',
      '\u202e',
      '\u2069',
      '\u2028',
    ]) {
      const { message, hint } = new errors.NotFoundError(`no ${character}x`, { hint: `try ${character}y` });
      const escaped = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
      expect({ message, hint }).toEqual({ message: `no ${escaped}x`, hint: `try ${escaped}y` });
    }
    expect(new errors.NotFoundError('a\r\nb\tc, Jürgen, 日本, 🔑').message).toBe(
      'a\\r\\nb\\tc, Jürgen, 日本, 🔑',
    );
    expect(new errors.NotFoundError('\u{e0041}').message).toBe('\\udb40\\udc41');
  });

  it('are recognised across copies of the package', () => {
    const foreign = new Error('from another copy');
    Object.defineProperty(foreign, Symbol.for('containerregistry.error'), { value: true });
    expect(errors.isContainerError(foreign)).toBe(true);
    expect(errors.isContainerError(new Error('plain'))).toBe(false);
    expect(errors.isContainerError(undefined)).toBe(false);
  });

  it('are instances of the same class of another copy of the package, and of no other class', async () => {
    jest.resetModules();
    const other = await import('../../src/errors/index.js');
    expect(other.NotFoundError).not.toBe(errors.NotFoundError);
    const error = new other.NotFoundError('from another copy');
    expect(error).toBeInstanceOf(errors.NotFoundError);
    expect(error).toBeInstanceOf(errors.ContainerError);
    expect(error).not.toBeInstanceOf(errors.AuthError);

    class Derived extends errors.NotFoundError {}
    expect(error).not.toBeInstanceOf(Derived);
    expect(new Derived('own')).toBeInstanceOf(Derived);
    expect(new Derived('own')).toBeInstanceOf(other.NotFoundError);
    for (const value of [undefined, null, 'NotFoundError', new Error('plain'), { name: 'NotFoundError' }]) {
      expect(value instanceof errors.NotFoundError).toBe(false);
    }
  });

  it('have the name of their exported class', () => {
    for (const error of classes) expect(error.prototype.name).toBe(error.name);
  });

  it.each(classes.map((error) => error.name))('%s is explained in docs/errors.md', (name) => {
    expect(readFileSync('docs/errors.md', 'utf8')).toContain(`\`${name}\``);
  });

  it('report a blob of more bytes than announced as longer', () => {
    expect(new errors.SizeMismatchError('blob', 5, 6).message).toBe('blob: want 5 bytes, got more');
    expect(new errors.SizeMismatchError('blob', 5, 4).message).toBe('blob: want 5 bytes, got 4');
  });
});

import { describe, expect, it } from '@jest/globals';
import { deepFreeze } from '../../../src/internal/json/freeze.js';

describe('deepFreeze', () => {
  it('freezes objects and arrays all the way down, and returns the same object', () => {
    const value = { a: [{ b: { c: [1] } }], d: 'text', e: null };
    expect(deepFreeze(value)).toBe(value);
    for (const part of [value, value.a, value.a[0], value.a[0]?.b, value.a[0]?.b.c])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('freezes the unfrozen members of a frozen object', () => {
    const value = Object.freeze({ a: Object.freeze([{ b: 1 }]) });
    deepFreeze(value);
    expect(Object.isFrozen(value.a[0])).toBe(true);
  });

  it('does not freeze bytes and instances of classes', () => {
    const value = { bytes: new Uint8Array(2), date: new Date(0) };
    deepFreeze(value);
    expect(Object.isFrozen(value)).toBe(true);
    expect(Object.isFrozen(value.bytes)).toBe(false);
    expect(Object.isFrozen(value.date)).toBe(false);
  });

  it('visits cycles once, and freezes objects of any depth', () => {
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    expect(Object.isFrozen(deepFreeze(cycle))).toBe(true);
    let deep: unknown[] = [];
    const innermost = deep;
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    deepFreeze(deep);
    expect(Object.isFrozen(innermost)).toBe(true);
  });

  it('freezes own properties that are called __proto__', () => {
    const value = JSON.parse('{"__proto__":{"a":{}}}') as object;
    deepFreeze(value);
    expect(Object.isFrozen(Object.getOwnPropertyDescriptor(value, '__proto__')?.value)).toBe(true);
    expect(Object.isFrozen(Object.prototype)).toBe(false);
  });
});

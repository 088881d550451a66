import { describe, expect, it } from '@jest/globals';
import { crane, mutate, remote } from 'containerregistry';
import { type Call, call, craneCalls, craneElsewhere, otherCalls, promise, text } from './wrong-calls.js';

/** The failure of a function, whether it throws or rejects. A list that is read later fails when it is read. */
async function failureOf(failing: Call): Promise<unknown> {
  try {
    const result = failing();
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result)
      for await (const _one of result as AsyncIterable<unknown>) break;
    return await Promise.resolve(result).then(
      () => undefined,
      (error: unknown) => error,
    );
  } catch (error) {
    return error;
  }
}

const rows = Object.entries({
  ...Object.fromEntries(Object.entries(craneCalls).map(([verb, calls]) => [`crane.${verb}`, calls])),
  ...otherCalls,
}).flatMap(([verb, calls]) => calls.map(([argument, failing]) => ({ verb, argument, failing })));

describe('a wrong argument', () => {
  it.each(rows)('of $verb is a TypeError that names $argument', async ({ argument, failing }) => {
    const failure = await failureOf(failing);
    expect(failure).toBeInstanceOf(TypeError);
    const { message } = failure as TypeError;
    expect(message).toContain(argument);
    // A failure deep in the package would say what it could not read.
    expect(message).not.toMatch(/is not a function|is not iterable|Cannot read|reading '/);
  });

  it('is refused by every verb of crane', () => {
    const verbs = Object.keys(crane).filter((verb) => !craneElsewhere.includes(verb));
    expect(Object.keys(craneCalls).sort()).toEqual(verbs.sort());
  });

  it.each(['mutate', 'remote'] as const)('is refused by every function of %s', (namespace) => {
    const exported = Object.entries({ mutate, remote }[namespace]).flatMap(([verb, value]) =>
      typeof value === 'function' ? [`${namespace}.${verb}`] : [],
    );
    const elsewhere = ['remote.choosePlatform', 'remote.fileUploadState'];
    expect(exported.filter((verb) => !(verb in otherCalls) && !elsewhere.includes(verb))).toEqual([]);
  });

  it('is a Promise in most cases, and the error says so', async () => {
    const failure = await failureOf(() => call(crane.push, promise, text));
    expect((failure as TypeError).message).toMatch(/`await` is missing/);
  });
});

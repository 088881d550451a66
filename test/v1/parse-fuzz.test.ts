import { describe, expect, it } from '@jest/globals';
import { fc } from '../support/tools/fast-check.js';
import { isContainerError } from '../../src/errors/base.js';
import {
  marshalConfigFile,
  marshalIndexManifest,
  marshalManifest,
  parseConfigFile,
  parseIndexManifest,
  parseManifest,
} from '../../src/v1/index.js';
import { configByCrane, configIn, manifestByCrane, manifestIn } from './crane-documents.js';
import { index, manifest } from './documents.js';

const parsers = [
  {
    name: 'parseManifest',
    parse: parseManifest,
    write: marshalManifest,
    seeds: [manifestIn, manifestByCrane, manifest({})],
  },
  { name: 'parseIndexManifest', parse: parseIndexManifest, write: marshalIndexManifest, seeds: [index({})] },
  {
    name: 'parseConfigFile',
    parse: parseConfigFile,
    write: marshalConfigFile,
    seeds: [configIn, configByCrane],
  },
] as const;

type Parser = (content: Uint8Array) => object;
type Writer = (value: unknown) => Uint8Array;

/** Expects an error of this library, or a frozen document that is the same after it is written and parsed again. */
function check(parse: Parser, write: Writer, content: Uint8Array): void {
  let document: object;
  try {
    document = parse(content);
  } catch (error) {
    if (!isContainerError(error)) throw error;
    expect(error.message.length).toBeLessThan(2048);
    return;
  }
  expect(Object.isFrozen(document)).toBe(true);
  const written = write(document);
  expect(write(parse(written))).toEqual(written);
}

describe.each(parsers)('$name', ({ parse, write, seeds }) => {
  // Each writer takes what its parser returns, but the type of the union of all pairs does not show that.
  const run = (content: Uint8Array): void => {
    check(parse, write as Writer, content);
  };

  it('parses or refuses a document with changed bytes', () => {
    const edit = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.nat(3) });
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (seed, edits) => {
          let bytes = Buffer.from(seed);
          for (const { at, byte, cut } of edits) {
            const start = at % bytes.length;
            bytes = Buffer.concat([bytes.subarray(0, start), Buffer.of(byte), bytes.subarray(start + cut)]);
          }
          run(bytes);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('refuses a document that is cut off', () => {
    for (const seed of seeds) {
      const bytes = Buffer.from(seed);
      for (let length = 0; length < bytes.length - 1; length += 3) {
        expect(() => parse(bytes.subarray(0, length))).toThrow(/^parse /);
      }
    }
  });

  it('parses or refuses a document with any other value in a field', () => {
    const document = fc.constantFrom(...seeds).map((seed) => JSON.parse(seed) as Record<string, unknown>);
    fc.assert(
      fc.property(document, fc.nat(), fc.jsonValue(), (original, pick, value) => {
        const keys = Object.keys(original);
        const key = keys[pick % keys.length] ?? '';
        run(Buffer.from(JSON.stringify({ ...original, [key]: value })));
      }),
      { numRuns: 500 },
    );
  });

  it('parses or refuses any bytes and any JSON', () => {
    fc.assert(fc.property(fc.uint8Array(), run));
    fc.assert(
      fc.property(
        fc.json().map((text) => Buffer.from(text)),
        run,
      ),
    );
  });
});

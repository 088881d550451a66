import { describe, expect, it } from '@jest/globals';
import { isContainerError } from '../../src/errors/base.js';
import { parseDigest } from '../../src/internal/streams/digest.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { parseContentRange, uploadedBytes } from '../../src/remote/connection/content-range.js';
import { nextLink } from '../../src/remote/list/link-header.js';
import { parseChallenges } from '../../src/transport/auth/challenge.js';
import { parseRetryAfter } from '../../src/transport/wire/retry-after.js';
import { parseWarnings } from '../../src/transport/wire/parse-warnings.js';
import { fc } from '../support/tools/fast-check.js';

interface Target {
  readonly name: string;
  readonly parse: (text: string) => unknown;
  /** Well-formed texts, to be damaged. */
  readonly seeds: readonly string[];
  /** Pieces that make the worst repetitions. */
  readonly pieces: readonly string[];
}

const hex = 'a'.repeat(64);

const targets: readonly Target[] = [
  {
    name: 'A3: WWW-Authenticate',
    parse: parseChallenges,
    seeds: ['Bearer realm="https://a.example/token",service="s",scope="repository:a:pull", Basic realm=x'],
    pieces: ['"', '\\', ',', '=', 'Basic ', 'a="', ' '],
  },
  {
    name: 'P6: Link',
    parse: nextLink,
    seeds: ['</v2/_catalog?last=b&n=2>; rel="next", <x>; title="a;b"; rel=prev'],
    pieces: ['<', '>', ';', ',', '"', '=', ' ', 'rel='],
  },
  {
    name: 'T9: Content-Range',
    parse: parseContentRange,
    seeds: ['bytes 0-9/10', 'bytes 5-9/*'],
    pieces: ['bytes ', '0', '-', '/', '*'],
  },
  {
    name: 'U3: Range of an upload',
    parse: uploadedBytes,
    seeds: ['0-1048575', 'bytes=0-9'],
    pieces: ['0', '-', '='],
  },
  {
    name: 'T14: Retry-After',
    parse: parseRetryAfter,
    seeds: ['120', 'Wed, 21 Oct 2026 07:28:00 GMT'],
    pieces: ['9', '-', ' ', 'GMT', ','],
  },
  {
    name: 'L21: Warning',
    parse: parseWarnings,
    seeds: ['299 - "soon gone", 299 - "x\\"y"'],
    pieces: ['299 - "', '\\', '"', 'a'],
  },
  {
    name: 'L16: digest',
    parse: parseDigest,
    seeds: [`sha256:${hex}`, `sha512:${hex}${hex}`],
    pieces: [':', 'a', '/', '.', 'sha256:'],
  },
  {
    name: 'C1: reference',
    parse: parseReference,
    seeds: [`registry.example:5000/a/b_c:v1@sha256:${hex}`, 'localhost/a', '[::1]:5000/a:b'],
    pieces: ['/', ':', '@', '.', '-', '_', 'a', '[', ']', 'sha256:'],
  },
];

/** Anything but a value or one of our errors is a crash. */
function survives(parse: (text: string) => unknown, text: string): void {
  try {
    parse(text);
  } catch (error) {
    if (!isContainerError(error)) throw error;
    expect(error.message.length).toBeLessThan(2048);
  }
}

const damaged = (seeds: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(3)), { minLength: 1, maxLength: 8 }),
    )
    .map(([seed, edits]) => {
      const bytes = [...Buffer.from(seed)];
      for (const [where, byte, how] of edits) {
        const at = where % (bytes.length + 1);
        if (how === 0) bytes.splice(at, 1);
        else if (how === 1) bytes.splice(at, 0, byte);
        else if (how === 2) bytes[at] = byte;
        else bytes.splice(at, 0, ...bytes.slice(0, at));
      }
      return Buffer.from(bytes).toString('latin1');
    });

describe.each(targets)('$name parser', ({ parse, seeds, pieces }) => {
  it('accepts or refuses damaged input, and throws nothing unexpected', () => {
    fc.assert(
      fc.property(damaged(seeds), (text) => {
        survives(parse, text);
      }),
      { numRuns: 3000 },
    );
  });

  it('accepts or refuses any text, and throws nothing unexpected', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        survives(parse, text);
      }),
      { numRuns: 1000 },
    );
  });

  // A parser that backtracks would need longer than the test may take.
  it('parses long repetitions in time', () => {
    for (const first of pieces) {
      for (const second of pieces) survives(parse, `${seeds[0]}${(first + second).repeat(16 * 1024)}`);
    }
  });
});

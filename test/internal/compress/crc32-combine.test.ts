import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { combineCrc32 } from '../../../src/internal/compress/crc32-combine.js';

describe('combineCrc32', () => {
  it('returns the checksum of both pieces together', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (first, second) => {
        const whole = Buffer.concat([first, second]);
        expect(combineCrc32(crc32(first), crc32(second), second.byteLength)).toBe(crc32(whole));
      }),
    );
  });
});

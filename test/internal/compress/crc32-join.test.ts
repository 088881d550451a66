import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';

import { joinedCrc32 } from '../../../src/internal/compress/crc32-join.js';

describe('joinedCrc32', () => {
  it('is the checksum of the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (first, second) => {
        const whole = Buffer.concat([first, second]);
        expect(joinedCrc32(crc32(first), crc32(second), second.byteLength)).toBe(crc32(whole));
      }),
    );
  });
});
